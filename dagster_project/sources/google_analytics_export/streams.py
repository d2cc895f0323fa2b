"""The export's one stream: the events of all properties, by the day of their property.

The daily tables of the last three days are written again as late events arrive, and a file may come at any
time: a run reads the days whose tables are new or have changed, whenever that is (`due`). What stands in
lists within lists is flattened on extraction (`flattening.py`), as no column can read a parameter by its
name; the event itself lands whole.
"""

from dagster_project.sources.core.stream import Column, Kind, Stream
from dagster_project.sources.google_analytics_export import extraction
from dagster_project.sources.google_analytics_export.flattening import COLUMNS, PROPERTIES

# In the order of `flattening.values`.
FLAT_COLUMNS = (
    ("occurred_at", "TIMESTAMP", "Time of the event in UTC; all events of one bundle have the same."),
    ("event_name", "VARCHAR", "The event's name in GA4."),
    ("event_key", "VARCHAR", "Digest of all that distinguishes two events, as an event has no id."),
    ("source_position", "BIGINT", "Place among the events of one instant, where the table says it."),
    ("client_id", "VARCHAR", "The browser's id (user_pseudo_id); empty without consent."),
    ("user_id", "VARCHAR", "Id that the site gave the visitor."),
    ("ga_session_id", "VARCHAR", "Session, unique only with the browser."),
    ("contact_key", "VARCHAR", "Contact key, where the page knew the person."),
    ("page_location", "VARCHAR", "Address of the page."),
    ("engagement_milliseconds", "DOUBLE", "Milliseconds the page was in the foreground."),
    ("analytics_storage", "VARCHAR", "Consent to analytics: Yes, No or Unset."),
    ("session_source", "VARCHAR", "Source of the session's last click."),
    ("session_medium", "VARCHAR", "Medium of the session's last click."),
    ("session_campaign", "VARCHAR", "Campaign of the session's last click."),
    ("session_content", "VARCHAR", "utm_content of the session's last click."),
    ("collected_source", "VARCHAR", "Source that the event was tagged with."),
    ("collected_medium", "VARCHAR", "Medium that the event was tagged with."),
    ("collected_campaign", "VARCHAR", "Campaign that the event was tagged with."),
    ("collected_content", "VARCHAR", "utm_content that the event was tagged with."),
    ("transaction_id", "VARCHAR", "Order id of a purchase or a refund."),
    ("revenue", "DOUBLE", "Amount of a purchase or a refund, in `currency`."),
    ("currency", "VARCHAR", "ISO code; empty where nothing says it."),
    ("device_category", "VARCHAR", "desktop, mobile, tablet …"),
    ("country", "VARCHAR", "Country by name."),
)

# What the event itself has; it stays in landing.
_DOCUMENTED = (
    "event_date",
    "event_timestamp",
    "event_previous_timestamp",
    "event_name",
    "event_value_in_usd",
    "event_bundle_sequence_id",
    "event_server_timestamp_offset",
    "event_params",
    "user_id",
    "user_pseudo_id",
    "is_active_user",
    "user_first_touch_timestamp",
    "privacy_info",
    "user_properties",
    "user_ltv",
    "device",
    "geo",
    "app_info",
    "traffic_source",
    "collected_traffic_source",
    "session_traffic_source_last_click",
    "stream_id",
    "platform",
    "event_dimensions",
    "ecommerce",
    "items",
    "batch_event_index",
    "batch_page_id",
    "batch_ordering_id",
    "publisher",
)

EVENTS = Stream(
    name="events",
    description="Web events as GA4 exports them, one record per event.",
    kind=Kind.WINDOW,
    columns=(
        Column(
            "property_id",
            path=("_property",),
            description="Number of the property; empty where nothing says it.",
        ),
        Column("id_namespace", path=("_namespace",), description="The same, empty for the first property."),
        Column("table_kind", path=("_table",), description="daily, fresh or intraday."),
        *(
            Column(
                name,
                type_,
                (COLUMNS, position),
                pii="contact_key" if name == "contact_key" else "none",
                description=description,
            )
            for position, (name, type_, description) in enumerate(FLAT_COLUMNS)
        ),
        Column("properties", "JSON", (PROPERTIES,), description="All other parameters, and the items."),
    ),
    natural_key=("event_key",),
    extract=extraction.events,
    due=extraction.due,
    restatement_days=3,
    time_column="occurred_at",
    unread=_DOCUMENTED,
)

STREAMS = (EVENTS,)
