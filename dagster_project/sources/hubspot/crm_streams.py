"""HubSpot's streams of the CRM: contacts, deals, pipelines, and e-mails that contacts wrote."""

from dagster_project.sources.core.stream import Column, Kind, Stream
from dagster_project.sources.hubspot import extraction

DEAL_RESTATEMENT_DAYS = 30

_ID = Column("id", description="HubSpot's id.")


def _property(name: str, description: str, **others: str) -> Column:
    return Column(name, path=("properties", name), description=description, **others)  # type: ignore[arg-type]


INCOMING_EMAILS = Stream(
    name="incoming_emails",
    description="E-mails that contacts wrote, by UTC day: the replies.",
    kind=Kind.WINDOW,
    columns=(
        _ID,
        _property("hs_timestamp", "When it was written."),
        _property("hs_email_direction", "INCOMING_EMAIL."),
        Column(
            "contact_key",
            path=("properties", "hs_email_from_email"),
            pii="address",
            description="Who wrote it.",
        ),
        _property("hs_email_subject", "Subject line.", pii="text"),
    ),
    natural_key=("id",),
    extract=extraction.incoming_emails,
    restatement_days=2,
    span="range",
    unread=("createdAt", "updatedAt", "archived", "properties", "url", "objectWriteTraceId"),
)

_RECORD = ("createdAt", "url", "objectWriteTraceId", "properties", "propertiesWithHistory")

CONTACTS = Stream(
    name="contacts",
    description="Contacts, a record for each time that one was found modified or deleted.",
    kind=Kind.CURSOR,
    columns=(
        _ID,
        Column("updated_at", path=("updatedAt",), description="Last modification."),
        Column("archived", description="true: deleted."),
        Column("archived_at", path=("archivedAt",), description="When it was deleted."),
        Column(
            "contact_key",
            path=("properties", "email"),
            pii="address",
            description="Contact key of the address.",
        ),
        *(
            _property(name, description)
            for name, description in (
                ("createdate", "Creation."),
                ("lifecyclestage", "Lifecycle stage, internal name."),
                ("hs_email_optout", "true: unsubscribed from every e-mail."),
                ("hs_email_hard_bounce_reason_enum", "Why its e-mails bounced for good."),
                ("hs_country_region_code", "ISO country code."),
                ("hs_merged_object_ids", "Ids of contacts that were merged into this one, by semicolons."),
            )
        ),
        Column(
            "lifecycle_history",
            "JSON",
            path=("propertiesWithHistory", "lifecyclestage"),
            description="Lifecycle stages with their times.",
        ),
    ),
    natural_key=("id", "updated_at"),
    extract=extraction.contacts,
    unread=_RECORD,
)

DEALS = Stream(
    name="deals",
    description="Deals, a record for each time that one was found modified or deleted.",
    kind=Kind.CURSOR,
    columns=(
        _ID,
        Column("updated_at", path=("updatedAt",), description="Last modification."),
        Column("archived", description="true: deleted."),
        Column("archived_at", path=("archivedAt",), description="When it was deleted."),
        Column("contact_id", path=("_contact_id",), description="The first of its contacts."),
        Column("contacts", "BIGINT", path=("_contacts",), description="Number of its contacts."),
        Column("home_currency", path=("_home_currency",), description="Currency of deals that name none."),
        Column("order_id", path=("_order_id",), description="The property that holds the shop's order id."),
        *(
            _property(name, description)
            for name, description in (
                ("amount", "Amount."),
                ("deal_currency_code", "ISO 4217 code; empty in portals of one currency."),
                ("createdate", "Creation."),
                ("closedate", "When it was or should be closed."),
                ("dealstage", "Stage, by id."),
                ("pipeline", "Pipeline, by id."),
                ("hs_is_closed_won", "true: in a stage that counts as won."),
            )
        ),
        Column(
            "stage_history",
            "JSON",
            path=("propertiesWithHistory", "dealstage"),
            description="Stages with their times.",
        ),
    ),
    natural_key=("id", "updated_at"),
    extract=extraction.deals,
    unread=_RECORD,
)

PIPELINES = Stream(
    name="pipelines",
    description="Pipelines of deals with their stages.",
    kind=Kind.SNAPSHOT,
    columns=(
        _ID,
        Column("label", description="The name given in HubSpot."),
        Column("stages", "JSON", description="Stages: id, label, order, and whether they are won or lost."),
    ),
    natural_key=("id",),
    extract=extraction.pipelines,
    unread=("displayOrder", "createdAt", "updatedAt", "archived"),
)

WON_DEALS = Stream(
    name="won_deals",
    description="Deals won by the UTC day of their closing, as HubSpot has them now: totals to compare with.",
    kind=Kind.WINDOW,
    columns=(
        _ID,
        Column("home_currency", path=("_home_currency",), description="Currency of deals that name none."),
        _property("amount", "Amount."),
        _property("deal_currency_code", "ISO 4217 code; empty in portals of one currency."),
        _property("closedate", "When it was closed."),
    ),
    natural_key=("id",),
    extract=extraction.won_deals,
    restatement_days=DEAL_RESTATEMENT_DAYS,
    span="range",
    unread=("createdAt", "updatedAt", "archived", "properties", "url", "objectWriteTraceId"),
)
