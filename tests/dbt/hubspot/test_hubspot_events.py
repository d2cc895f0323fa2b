"""HubSpot's records as events: what is flagged, who is one person, what was consented to."""

from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import (
    ANN,
    BOB,
    CID,
    READER,
    START,
    change,
    contact,
    deal,
    event,
    reply,
    stamp,
)
from tests.dbt.rows import Row, key


def of_portal(change: str) -> str:
    return f'{{"change": "{change}", "changeType": "PORTAL_STATUS"}}'


PORTAL: dict[str, list[Row]] = {
    "hubspot__email_events": [
        event("sent", 0, "SENT"),
        event("other", 0, "SENT", BOB, campaign_id="902", subject="Other"),
        event("delivered", 1, "DELIVERED"),
        event("filtered", 2, "OPEN", is_filtered="true", user_agent="Mozilla/5.0"),
        event("proxied", 3, "OPEN", browser_type="Proxy", **READER),
        # A page repeats it as it was before a longer one came.
        event("short", 4, "OPEN", **READER),
        event("short", 4, "OPEN", obsoleted_by_id="long", **READER),
        event("long", 5, "OPEN", **READER),
        event("left", 6, "STATUSCHANGE", portal_subscription_status="UNSUBSCRIBED"),
        event("joined", 7, "STATUSCHANGE", portal_subscription_status="SUBSCRIBED"),
        event("bounced", 8, "BOUNCE", BOB, campaign_id="902", bounce_status="5.1.1"),
        {**event("timeless", 0, "OPEN"), "created": 7},
    ],
    "hubspot__contacts": [
        contact(1, ANN, hs_merged_object_ids="8;9"),
        contact(2, BOB, hs_email_optout="true", hs_country_region_code="ee"),
        contact(2, CID, updated_at=stamp(-5)),
        contact(3, None),
        contact(4, CID, archived="true", archived_at=stamp(9)),
        # Merged into Ann's: HubSpot leaves it as it was.
        contact(8, "ann@old.example", hs_email_optout="true", hs_country_region_code="fi"),
    ],
    "hubspot__deals": [
        deal(10, 9, 20),
        deal(11, 1, 20, hs_is_closed_won="false", updated_at=stamp(19)),
        deal(12, 2, 20, archived="true", archived_at=stamp(30)),
        deal(13, 2, 40, amount="a lot", deal_currency_code=None, home_currency="usd"),
    ],
    "hubspot__incoming_emails": [
        reply(1, 30, "Re: RE: spring NEWS"),
        reply(2, 31, "Sv: Other"),
        reply(3, 32, "Automatic reply: Spring news"),
        reply(4, 33, "A question"),
    ],
    "hubspot__subscription_changes": [
        change(40, ANN, of_portal("UNSUBSCRIBED")),
        change(41, BOB, of_portal("UNSUBSCRIBED")),
        change(42, BOB, '{"change": "SUBSCRIBED", "changeType": "SUBSCRIPTION_STATUS", "subscriptionId": 7}'),
        change(43, CID, '{"change": "UNSUBSCRIBED", "changeType": "SUBSCRIPTION_STATUS"}'),
        change(44, CID, '{"change": "BOUNCED", "changeType": "PORTAL_STATUS"}'),
    ],
    "hubspot__email_campaigns": [
        {
            "id": "901",
            "name": "Spring",
            "subject": "Spring news",
            "type": "BATCH_EMAIL",
            "finished_at": 1791273600000,
            "sent_count": 1,
        },
        {"id": "903", "name": "Welcome", "type": "AUTOMATED_EMAIL", "sent_count": 4},
    ],
    "hubspot__pipelines": [
        {
            "id": "default",
            "label": "Sales",
            "stages": '[{"id": "won", "label": "Won",'
            ' "metadata": {"isClosed": "true", "probability": "1.0"}}]',
        }
    ],
}


@pytest.fixture(scope="module")
def portal(with_feeds: CompiledProject) -> list[tuple[Any, ...]]:
    """Tables by name of one build, as later tests replace the rows."""
    models = (
        "dim_persons",
        "dim_campaigns",
        "rpt_data_quality",
        "stg_hubspot__pipeline_stages",
        "stg_hubspot__campaign_totals",
    )
    with_feeds.build(PORTAL, *models)
    queries = {
        "events": """
            select facts.event_name, micro_conversion, facts.campaign_key, is_machine, marketing_consent,
                epoch(facts.occurred_at)::bigint, events.properties
            from marts.fct_events as facts join intermediate.int_events as events using (event_id)
        """,
        "sends": """
            select campaign_key, opens, human_opens, bounce_class, unsubscribed_at is not null,
                opens_observable
            from marts.fct_email_sends order by all
        """,
        "persons": """
            select persons.person_key, ids.identifier
            from intermediate.int_person_identifiers as ids
            join marts.dim_persons as persons using (person_key)
        """,
        "consents": "select marketing_consent from marts.dim_persons order by all",
        "deals": """
            select revenue, currency, order_id, person_key is not null from marts.fct_macro_conversions
        """,
        "campaigns": "select campaign_key, kind, status from marts.dim_campaigns order by all",
        "totals": "select campaign_key, sent_count from staging.stg_hubspot__campaign_totals",
        "states": "select is_unsubscribed, country from staging.stg_hubspot__contact_states order by all",
        "stages": "select * from staging.stg_hubspot__pipeline_stages",
    }
    return [(name, with_feeds.rows(query)) for name, query in queries.items()]


@pytest.fixture
def found(portal: list[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    return dict(portal)


def named(found: Any, name: str) -> list[tuple[Any, ...]]:
    return [row for row in found["events"] if row[0] == name]


def test_superseded_and_filtered_events_are_kept_and_flagged(found: Any) -> None:
    [superseded] = named(found, "SUPERSEDED")
    assert superseded[1] is None
    assert '"superseded":"OPEN"' in superseded[6].replace(" ", "")
    opens = sorted((row[5] - START.timestamp(), row[3]) for row in named(found, "OPEN"))
    assert opens == [(120, True), (180, True), (300, False)]
    spring = ("hubspot-901", 3, 1, None, True, "no")  # proxied, so no open of hers could be seen
    assert found["sends"] == [spring, ("hubspot-902", 0, 0, "hard", False, "yes")]


def test_a_status_change_is_an_unsubscription_only_where_it_says_so(found: Any) -> None:
    assert [row[1] for row in named(found, "UNSUBSCRIBED")] == ["unsubscribe"]
    assert [row[1] for row in named(found, "STATUSCHANGE")] == [None]


def test_a_reply_belongs_to_the_email_of_its_subject_that_its_writer_got(found: Any) -> None:
    """Ann was not sent the e-mail of the other subject."""
    replies = sorted((row[5] - START.timestamp(), row[1], row[2]) for row in named(found, "reply"))
    assert replies == [(1800, "email_reply", "hubspot-901"), (1860, "email_reply", None)]
    assert [row[1] for row in named(found, "auto_reply")] == [None]
    assert [row[1] for row in named(found, "incoming_email")] == [None]


def test_merged_contacts_and_their_address_are_one_person(found: Any) -> None:
    persons = {identifier: person for person, identifier in found["persons"]}
    assert len({persons[identifier] for identifier in (key(ANN), "hubspot-1", "hubspot-8", "hubspot-9")}) == 1
    assert persons["hubspot-2"] == persons[key(BOB)] != persons[key(ANN)]
    assert persons["hubspot-3"] not in (persons[key(ANN)], persons[key(BOB)])
    assert "hubspot-4" not in persons


def test_a_merged_contact_enters_no_stage_of_its_own(found: Any) -> None:
    assert len(named(found, "lifecycle_stage")) == 3
    persons = {identifier: person for person, identifier in found["persons"]}
    assert persons[key("ann@old.example")] == persons[key(ANN)]


def test_consent_is_what_a_contact_stated_last_of_every_email(found: Any) -> None:
    stated = sorted(row[4] for row in named(found, "subscription_change") if row[4])
    assert stated == ["denied"] * 4  # two of them are records, Bob's and one that was merged into Ann's
    assert found["consents"].count(("denied",)) == 2
    assert found["consents"].count(("granted",)) == 0


def test_only_deals_that_are_won_and_not_deleted_are_orders(found: Any) -> None:
    """One of them has no amount that can be read: it is an order without one."""
    assert sorted(found["deals"], key=repr) == [
        (Decimal(100), "EUR", "10", True),
        (None, "USD", "13", True),
    ]


def test_emails_that_only_events_know_are_campaigns_too(found: Any) -> None:
    assert found["campaigns"] == [
        ("hubspot-901", "campaign", None),
        ("hubspot-902", "campaign", "DELETED"),
        ("hubspot-903", "flow", None),
    ]
    assert found["totals"] == [("hubspot-901", 1)]


def test_contacts_are_their_latest_versions(found: Any) -> None:
    assert found["states"] == [(False, None), (True, "EE")]
    assert found["stages"] == [("default", "Sales", "won", "Won", 0, 1.0, True)]
