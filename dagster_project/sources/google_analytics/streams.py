"""GA4's streams: one Data API report per stream, one day per call.

A report has at most nine dimensions, so an event's attributes and parameters come from separate reports that
share the key (client_id, session_id, hit_ts, event_name). Rows are aggregates: `event_count` over 1 means
that several events have the same key. Event-scoped custom dimensions hold the client, session, hit time
(epoch milliseconds) and contact key; they must be registered in the property and have no values for earlier
events.
"""

from dagster_project.sources.core.stream import Column, Kind, Stream
from dagster_project.sources.google_analytics import extraction
from dagster_project.sources.google_analytics.reports import (
    DAILY_TOTALS_REPORT,
    EVENT_ATTRIBUTES_REPORT,
    EVENT_PARAMETERS_REPORT,
    EVENTS_REPORT,
    Report,
)

_CONTACT_KEY = "customEvent:contact_key"
RESTATEMENT_DAYS = 3  # Google changes a day's figures for 24–48 hours

_DESCRIPTIONS = {
    "dateHourMinute": "Minute of the hit, local to the property's time zone.",
    "eventName": "The event's name in GA4.",
    "customEvent:client_id": "The browser's id; empty without consent.",
    "customEvent:session_id": "ga_session_id; empty without consent.",
    "customEvent:hit_ts": "Time of the hit in epoch milliseconds.",
    _CONTACT_KEY: "Contact key, where the page knew the person.",
    "pagePathPlusQueryString": "Page path with its query string.",
    "deviceCategory": "desktop, mobile, tablet …",
    "country": "Country by name or code, as GA4 gives it.",
    "sessionSource": "Source of the session.",
    "sessionMedium": "Medium of the session.",
    "sessionCampaignName": "Campaign of the session.",
    "sessionManualAdContent": "utm_content of the session.",
    "transactionId": "Order id of a purchase.",
    "linkUrl": "Destination of a clicked link.",
    "fileName": "Name of a downloaded file.",
    "videoTitle": "Title of a video.",
    "customEvent:method": "How a person signed up, logged in or shared.",
    "customEvent:form_id": "Id of a form.",
    "eventCount": "Events in the row.",
    "userEngagementDuration": "Seconds the page was in the foreground.",
    "purchaseRevenue": "Purchase revenue in `currency`.",
    "sessions": "Sessions of the day.",
    "totalUsers": "Users of the day.",
    "transactions": "Transactions of the day.",
}


def _columns(report: Report) -> tuple[Column, ...]:
    """The report's dimensions and metrics as columns, in the report's order."""
    dimensions = tuple(
        Column(
            column,
            path=("dimensionValues", position, "value"),
            pii="contact_key" if name == _CONTACT_KEY else "none",
            description=_DESCRIPTIONS[name],
        )
        for position, (column, name) in enumerate(report.dimensions.items())
    )
    metrics = tuple(
        Column(column, type_, ("metricValues", position, "value"), description=_DESCRIPTIONS[name])
        for position, (column, (name, type_)) in enumerate(report.metrics.items())
    )
    return dimensions + metrics


_PROPERTY = Column("property_id", path=("_property",), description="Number of the property.")
_TIME_ZONE = Column("property_time_zone", path=("_property_time_zone",), description="IANA time zone.")
_CURRENCY = Column("currency", path=("_currency",), description="ISO code of the property's currency.")
_REVENUE_RESTRICTED = Column(
    "is_revenue_restricted",
    "BOOLEAN",
    ("_is_revenue_restricted",),
    description="Whether the service account's role hides revenue, which is then reported as 0.",
)

EVENTS = Stream(
    name="events",
    description="Events by hit: when, who, where on the site, on which device.",
    kind=Kind.WINDOW,
    columns=(*_columns(EVENTS_REPORT), _PROPERTY, _TIME_ZONE, _CURRENCY),
    due=extraction.due_for_hits,
    natural_key=tuple(EVENTS_REPORT.dimensions),
    extract=extraction.events,
    restatement_days=RESTATEMENT_DAYS,
    time_column="date_hour_minute",
)

EVENT_ATTRIBUTES = Stream(
    name="event_attributes",
    description="Where the session of each event came from, and the purchases.",
    kind=Kind.WINDOW,
    columns=(*_columns(EVENT_ATTRIBUTES_REPORT), _PROPERTY, _CURRENCY, _REVENUE_RESTRICTED),
    due=extraction.due_for_hits,
    natural_key=tuple(EVENT_ATTRIBUTES_REPORT.dimensions),
    extract=extraction.event_attributes,
    restatement_days=RESTATEMENT_DAYS,
)

EVENT_PARAMETERS = Stream(
    name="event_parameters",
    description="Link, file, video, method and form of the events that carry one.",
    kind=Kind.WINDOW,
    columns=(*_columns(EVENT_PARAMETERS_REPORT), _PROPERTY),
    due=extraction.due_for_hits,
    natural_key=tuple(EVENT_PARAMETERS_REPORT.dimensions),
    extract=extraction.event_parameters,
    restatement_days=RESTATEMENT_DAYS,
)

DAILY_TOTALS = Stream(
    name="daily_totals",
    description="GA4's own totals of a day, without dimensions, to reconcile the event rows with.",
    kind=Kind.WINDOW,
    columns=(
        Column("day", path=("_day",), description="The day, in the property's time zone."),
        *_columns(DAILY_TOTALS_REPORT),
        _PROPERTY,
        _TIME_ZONE,
        _CURRENCY,
        _REVENUE_RESTRICTED,
        Column(
            "data_loss_from_other_row",
            "BOOLEAN",
            ("_data_loss_from_other_row",),
            description="Whether events of the day were aggregated into an (other) row.",
        ),
        Column(
            "subject_to_thresholding",
            "BOOLEAN",
            ("_subject_to_thresholding",),
            description="Whether rows of the day were withheld to protect privacy.",
        ),
        Column(
            "is_sampled",
            "BOOLEAN",
            ("_is_sampled",),
            description="Whether the day's figures are extrapolated from a sample.",
        ),
    ),
    natural_key=("day",),
    extract=extraction.daily_totals,
    restatement_days=RESTATEMENT_DAYS,
)

STREAMS = (EVENTS, EVENT_ATTRIBUTES, EVENT_PARAMETERS, DAILY_TOTALS)
