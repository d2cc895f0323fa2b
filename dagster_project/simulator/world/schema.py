"""The world's tables: names, columns and types. Every instant is UTC with microseconds.

Columns marked `truth` are the ground truth and are never served.
"""

from typing import Final

import pyarrow as pa

INSTANT: Final = pa.timestamp("us", tz="UTC")
TEXT: Final = pa.string()
TEXTS: Final = pa.list_(pa.string())


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


SCHEMAS: Final[dict[str, pa.Schema]] = {
    # One row per human, whether newsletter contact or only visitor.
    "persons": _schema(
        person_id=pa.int64(),  # truth
        email=TEXT,
        contact_key=TEXT,  # lower-case hex SHA-256 of the trimmed, lower-cased address
        name=TEXT,
        time_zone=TEXT,  # IANA
        country=TEXT,  # ISO 3166-1 alpha-2
        has_consent=pa.bool_(),  # to web analytics; without it hits have no identifiers
        mailbox_provider=TEXT,
        uses_apple_mpp=pa.bool_(),
        behind_scanner=pa.bool_(),
        is_contact=pa.bool_(),  # ever on the newsletter list by the end of the world
        subscribed_at=INSTANT,  # null for those who never subscribe
        unsubscribed_at=INSTANT,
        created_at=INSTANT,  # when the ESP or the site first recorded the person
        interest=pa.float64(),  # truth: propensity to buy, standard normal except for prize hunters
        second_email=TEXT,  # another contact of the person, or a mailbox the person shares; mostly null
        second_contact_key=TEXT,
    ),
    "lists": _schema(list_id=pa.int64(), name=TEXT),
    "list_members": _schema(list_id=pa.int64(), email=TEXT),
    # Campaigns, A/B tests and flow e-mails share one id sequence. Each flow e-mail is a separate campaign.
    "campaigns": _schema(
        campaign_id=pa.int64(),
        name=TEXT,
        slug=TEXT,  # the utm_campaign of its links
        kind=TEXT,  # campaign | ab_test | flow
        tags=TEXTS,
        created_at=INSTANT,
        completed_at=INSTANT,  # null for flows
        status=TEXT,  # COMPLETED, for flows ACTIVE
        trigger_type=TEXT,  # flows only
        goal_micro_conversion=TEXT,
    ),
    # One row per e-mail variant; campaigns and flows have one, A/B tests two.
    "sections": _schema(
        campaign_id=pa.int64(),
        section_id=pa.int64(),
        position=pa.int64(),  # 0-based
        variant=TEXT,  # A | B | null
        subject=TEXT,
        preview_text=TEXT,
        template_id=pa.int64(),
        template_name=TEXT,
        cta_count=pa.int64(),
        cta_wording=TEXT,
        campaign_name=TEXT,  # this variant's name in the action log
    ),
    # The ESP's action log, ordered by seq_id and by time; instants are whole seconds.
    "email_actions": _schema(
        seq_id=pa.int64(),
        at=INSTANT,
        email=TEXT,
        person_id=pa.int64(),  # truth: the addressee
        actor_person_id=pa.int64(),  # truth: who acted (forwarded: a friend); null if no person
        campaign_id=pa.int64(),  # null for create, modify, optin
        section_id=pa.int64(),
        campaign_name=TEXT,
        action=TEXT,  # send view click bounce complaint optout optin create modify
        value=TEXT,
        link_id=pa.int64(),  # clicks only
        is_machine=pa.bool_(),  # truth
        is_forwarded=pa.bool_(),  # truth: a click by a friend
        micro_conversion=TEXT,  # truth: most specific catalogue key, null for machines
    ),
    # One row per human read of an e-mail, seen by anybody or not: truth as a whole, never served.
    "email_reads": _schema(
        at=INSTANT,
        email=TEXT,
        person_id=pa.int64(),
        campaign_id=pa.int64(),
        section_id=pa.int64(),
        loads_images=pa.bool_(),
        is_proxied=pa.bool_(),  # Apple's proxy has loaded the images already
    ),
    "links": _schema(
        link_id=pa.int64(),
        campaign_id=pa.int64(),
        section_id=pa.int64(),
        href=TEXT,
        role=TEXT,  # cta product redeem_offer quick_start pdf footer_social social_share preferences
        bitlink=TEXT,  # id without scheme, mostly null
    ),
    "forwards": _schema(campaign_id=pa.int64(), forward_count=pa.int64()),
    # One row per tag firing, ordered by event_no and by time.
    "web_events": _schema(
        event_no=pa.int64(),
        at=INSTANT,  # whole milliseconds
        person_id=pa.int64(),  # truth
        client_id=TEXT,  # null without consent
        ga_session_id=TEXT,  # null without consent
        contact_key=TEXT,  # null unless known on this hit
        event_name=TEXT,
        page=TEXT,  # path and query; a landing page includes its utm_*
        device_category=TEXT,
        country=TEXT,
        session_source=TEXT,
        session_medium=TEXT,
        session_campaign=TEXT,
        session_content=TEXT,
        transaction_id=TEXT,
        revenue=pa.float64(),  # EUR, purchases only
        link_url=TEXT,
        file_name=TEXT,
        video_title=TEXT,
        method=TEXT,
        form_id=TEXT,
        engagement_ms=pa.int64(),  # null where the hit has none
        visible_at=INSTANT,  # when reports first show the row
        duplicate_count=pa.int64(),  # 2: the tag fired twice with the same key
        provisional_campaign=TEXT,  # shown instead of session_campaign until settled_at
        settled_at=INSTANT,  # null when never restated
        micro_conversion=TEXT,  # truth
        is_macro=pa.bool_(),  # truth
    ),
    "bitlinks": _schema(
        id=TEXT,
        long_url=TEXT,
        title=TEXT,
        tags=TEXTS,
        created_at=INSTANT,
        archived=pa.bool_(),
        custom_bitlinks=TEXTS,  # ids such as brand.example/autumn
        campaign_id=pa.int64(),
        is_deleted=pa.bool_(),
    ),
    # `id` is the link that was clicked: the hash link or one of its custom back-halves.
    "bitlink_clicks": _schema(id=TEXT, at=INSTANT, country=TEXT, referrer=TEXT, device_type=TEXT, city=TEXT),
    # The planted effects, for an analysis to recover.
    "effects": _schema(
        effect_id=TEXT,
        kind=TEXT,  # raises_purchase | distractor | bottleneck | ab_winner | ab_null | send_hour
        micro_conversion=TEXT,
        odds_ratio=pa.float64(),
        scale=TEXT,  # what the ratio multiplies
        description=TEXT,
    ),
    # Who was given which arm of the experiments that an event file reports.
    "assignments": _schema(
        experiment=TEXT,
        variant=TEXT,
        person_id=pa.int64(),
        contact_key=TEXT,
        at=INSTANT,
    ),
    # What decided on a purchase, one row per visit: truth, never served. The person buys with the probability
    # expit(log_odds + the log odds ratios of what was done) * is_engaged * completed_share.
    "visit_chances": _schema(
        person_id=pa.int64(),
        at=INSTANT,
        is_engaged=pa.bool_(),
        log_odds=pa.float64(),  # by interest and cart alone, without planted steps and experiments
        completed_share=pa.float64(),  # of the willing who get through the checkout
        steps=pa.int64(),  # what was done in the visit: bits in the order of `steps.PARTS_OF`
    ),
    "ab_tests": _schema(
        campaign_id=pa.int64(),
        metric=TEXT,  # click | open
        odds_ratio=pa.float64(),  # B against A, 1.0 for the null test
        winner=TEXT,  # A | B | null
        description=TEXT,
    ),
}


def table(name: str, columns: dict[str, object]) -> pa.Table:
    """Columns by name (numpy arrays, lists or arrow arrays) as the world's table `name`, in schema order."""
    schema = SCHEMAS[name]
    return pa.table(
        [
            column.cast(field.type)
            if isinstance(column := columns[field.name], (pa.Array, pa.ChunkedArray))
            else pa.array(column, field.type, from_pandas=False)
            for field in schema
        ],
        schema=schema,
    )
