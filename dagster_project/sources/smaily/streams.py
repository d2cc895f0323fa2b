"""Smaily's streams: one per endpoint.

Record times are local to Europe/Tallinn, without an offset; empty ones come as null or as
`0000-00-00 00:00:00`. Ids come as numbers or as strings, so all are VARCHAR here.
"""

from dagster_project.sources.core.stream import Column, Kind, Stream
from dagster_project.sources.smaily import extraction

HISTORY_RETENTION_DAYS = 30
STATISTICS_RESTATEMENT_DAYS = 30

_COUNTS = (
    Column("total_count", "BIGINT", description="Recipients."),
    Column("delivered_count", "BIGINT", description="Recipients whose server accepted the e-mail."),
    Column("bounce_count", "BIGINT", description="Recipients whose server rejected it."),
    Column("click_count", "BIGINT", description="Clicks, repeated ones included."),
    Column("unique_click_count", "BIGINT", description="Recipients with at least one click."),
    Column("view_count", "BIGINT", description="Image loads, repeated ones included."),
    Column("unique_view_count", "BIGINT", description="Recipients with at least one image load."),
    Column("opened_count", "BIGINT", description="Recipients with at least one click or image load."),
    Column("unsubscribe_count", "BIGINT", description="Recipients who unsubscribed."),
    Column("complaint_count", "BIGINT", description="Recipients who reported spam."),
    Column("forward_count", "BIGINT", description="Forwards; known only as this total."),
)

_ID = Column("id", description="The vendor's id.")
_NAME = Column("name", description="The name given in Smaily.")
_STATUS = Column("status", description="The vendor's status word.")
_TAGS = Column("tags", "VARCHAR[]", description="Tags given in Smaily.")
_TEMPLATE = Column("template", "JSON", description="Template object, or the word DELETED.")
_SECTIONS = Column("sections", "JSON", description="The variants or steps: id, subject, template.")
_CREATED_AT = Column("created_at", description="Creation, local to Europe/Tallinn.", is_time_as_text=True)
_COMPLETED_AT = Column(
    "completed_at", description="End of the sending, local to Europe/Tallinn.", is_time_as_text=True
)

_UNREAD_STATISTICS = ("from", "reply_to", "addresses", "click_percent", "view_percent", "opened_percent")

CAMPAIGNS = Stream(
    name="campaigns",
    description="Campaigns of every status.",
    kind=Kind.SNAPSHOT,
    columns=(_ID, _NAME, _TEMPLATE, _TAGS, _CREATED_AT, _COMPLETED_AT, _STATUS),
    natural_key=("id",),
    extract=extraction.campaigns,
    time_column="created_at",
)

CAMPAIGN_STATISTICS = Stream(
    name="campaign_statistics",
    description="The vendor's own totals of each campaign, by the local day it was completed.",
    kind=Kind.WINDOW,
    columns=(
        _ID,
        _NAME,
        Column("subject", description="Subject line, where the vendor gives it."),
        _TEMPLATE,
        _STATUS,
        _CREATED_AT,
        _COMPLETED_AT,
        *_COUNTS,
        Column("google_analytics_tracking", "JSON", description="The UTM settings of the campaign."),
    ),
    natural_key=("id",),
    extract=extraction.campaign_statistics,
    restatement_days=STATISTICS_RESTATEMENT_DAYS,
    span="range",
    time_column="completed_at",
    unread=_UNREAD_STATISTICS,
)

SPLIT_TESTS = Stream(
    name="split_tests",
    description="A/B tests with their sections (variants).",
    kind=Kind.SNAPSHOT,
    columns=(_ID, _NAME, _SECTIONS, _TAGS, _CREATED_AT, _COMPLETED_AT, _STATUS),
    natural_key=("id",),
    extract=extraction.split_tests,
    time_column="created_at",
)

SPLIT_TEST_STATISTICS = Stream(
    name="split_test_statistics",
    description="The vendor's own totals of each A/B test section, by the local day the test was completed.",
    kind=Kind.WINDOW,
    columns=(
        Column("split_test_id", path=("_split_test_id",), description="The A/B test."),
        Column("section_position", "BIGINT", path=("_section_position",), description="0-based position."),
        _NAME,
        _TEMPLATE,
        *_COUNTS,
    ),
    natural_key=("split_test_id", "section_position"),
    extract=extraction.split_test_statistics,
    restatement_days=STATISTICS_RESTATEMENT_DAYS,
    span="range",
    unread=(
        *_UNREAD_STATISTICS,
        "id",
        "subject",
        "status",
        "created_at",
        "completed_at",
        "google_analytics_tracking",
    ),
)

AUTOMATIONS = Stream(
    name="automations",
    description="Automations (flows) with their e-mails.",
    kind=Kind.SNAPSHOT,
    columns=(
        _ID,
        _NAME,
        _STATUS,
        _CREATED_AT,
        Column("activated_at", description="Activation, local to Europe/Tallinn.", is_time_as_text=True),
        _TAGS,
        _SECTIONS,
    ),
    natural_key=("id",),
    extract=extraction.automations,
    time_column="created_at",
)

WORKFLOWS = Stream(
    name="workflows",
    description="Automation workflows by trigger; the endpoint is undocumented and may be missing (no rows).",
    kind=Kind.SNAPSHOT,
    columns=(
        _ID,
        Column("trigger_type", description="What starts the workflow."),
        Column("title", description="The title given in Smaily."),
        Column("is_enabled", description="Whether it runs; true/false or 0/1."),
    ),
    natural_key=("id",),
    extract=extraction.workflows,
)

LISTS = Stream(
    name="lists",
    description="Contact lists (segments) and their sizes.",
    kind=Kind.SNAPSHOT,
    columns=(_ID, _NAME, Column("subscribers_count", "BIGINT", description="Contacts on the list.")),
    natural_key=("id",),
    extract=extraction.lists,
)

CONTACTS = Stream(
    name="contacts",
    description="Every contact, subscribed or not, once per list that it was read from.",
    kind=Kind.SNAPSHOT,
    columns=(
        Column("list_id", path=("_list_id",), description="The contact list it was read from."),
        Column("contact_key", path=("email",), pii="address", description="Contact key of the address."),
        Column("is_unsubscribed", description="0 or 1, as number or text."),
        Column("last_response_code", description="0 none, 200 delivered, SMTP code, 1001, 1002."),
        Column("last_response_at", description="Local to Europe/Tallinn.", is_time_as_text=True),
        Column("created_at", description="Local to Europe/Tallinn.", is_time_as_text=True),
        Column("subscribed_at", description="Local to Europe/Tallinn.", is_time_as_text=True),
        Column("modified_at", description="Local to Europe/Tallinn.", is_time_as_text=True),
        Column("last_open_at", description="Local to Europe/Tallinn.", is_time_as_text=True),
        Column("last_click_at", description="Local to Europe/Tallinn.", is_time_as_text=True),
        Column("unsubscribed_at", description="Local to Europe/Tallinn.", is_time_as_text=True),
        Column("total_opens", "BIGINT", description="Opens so far."),
        Column("total_clicks", "BIGINT", description="Clicks so far."),
        Column("country", description="Custom field: ISO country code."),
        Column("timezone", description="Custom field: IANA time zone."),
    ),
    natural_key=("list_id", "contact_key"),
    extract=extraction.contacts,
    time_column="modified_at",
)

ACTIONS = Stream(
    name="actions",
    description="The contacts' action log: what was sent to a contact and what the contact did.",
    kind=Kind.CURSOR,
    columns=(
        Column("seq_id", "BIGINT", description="Ordered id of the action; gaps are normal."),
        Column("contact_key", path=("email",), pii="address", description="Contact key of the address."),
        Column(
            "time",
            "TIMESTAMP",
            description="Local to Europe/Tallinn; an unreadable one is quarantined.",
            timezone="Europe/Tallinn",
        ),
        Column("campaign_id", description="One id sequence over campaigns, A/B tests and automations."),
        Column("campaign_name", description="As logged; differs by variant in an A/B test."),
        Column("action", description="bounce, click, complaint, create, modify, optin, optout, send, view …"),
        Column("value", pii="text", description="Click: destination; bounce: SMTP code; view: user agent."),
    ),
    natural_key=("seq_id",),
    extract=extraction.actions,
    retention_days=HISTORY_RETENTION_DAYS,
    time_column="time",
)

STREAMS = (
    CAMPAIGNS,
    CAMPAIGN_STATISTICS,
    SPLIT_TESTS,
    SPLIT_TEST_STATISTICS,
    AUTOMATIONS,
    WORKFLOWS,
    LISTS,
    CONTACTS,
    ACTIONS,
)
