"""The dimensions and metrics of the property: names, titles and the SQL that computes them from hits."""

from dataclasses import dataclass
from typing import Final, Literal

from dagster_project.simulator.countries import COUNTRY_NAMES
from dagster_project.simulator.google_analytics.channels import CHANNEL_GROUP

PROPERTY_TIME_ZONE: Final = "Europe/Tallinn"
NOT_SET: Final = "(not set)"

# `country` gives English names, `countryId` the codes.
_COUNTRY_NAME: Final = (
    "case country "
    + " ".join(f"when '{code}' then '{name}'" for code, name in COUNTRY_NAMES.items())
    + f" else coalesce(country, '{NOT_SET}') end"
)


@dataclass(frozen=True)
class Dimension:
    """`sql` is the text value of one hit. A row keeps its time when its other values become `(other)`."""

    name: str
    title: str
    category: str
    sql: str
    is_custom: bool = False
    is_item: bool = False

    @property
    def kept_in_other(self) -> bool:
        return self.category == "Time" or self.name in ("eventName", "dateRange")


@dataclass(frozen=True)
class Metric:
    """`sql` is an aggregate over hits. Metrics of a sample are scaled up unless they are ratios."""

    name: str
    title: str
    type: Literal["TYPE_INTEGER", "TYPE_FLOAT", "TYPE_SECONDS", "TYPE_CURRENCY"]
    sql: str
    is_ratio: bool = False
    is_item: bool = False


def _time(name: str, title: str, form: str) -> Dimension:
    return Dimension(name, title, "Time", f"strftime(local, '{form}')")


def _set(name: str, title: str, category: str, column: str, empty: str = NOT_SET) -> Dimension:
    return Dimension(name, title, category, f"coalesce({column}, '{empty}')")


def _custom(parameter: str, title: str, column: str) -> Dimension:
    return Dimension(f"customEvent:{parameter}", title, "Custom", f"coalesce({column}, '{NOT_SET}')", True)


DIMENSIONS: Final = (
    _time("date", "Date", "%Y%m%d"),
    _time("dateHour", "Date + hour (YYYYMMDDHH)", "%Y%m%d%H"),
    _time("dateHourMinute", "Date hour and minute", "%Y%m%d%H%M"),
    _time("year", "Year", "%Y"),
    _time("month", "Month", "%m"),
    _time("day", "Day", "%d"),
    _time("hour", "Hour", "%H"),
    _time("minute", "Minute", "%M"),
    _time("yearMonth", "Year month", "%Y%m"),
    _time("isoWeek", "ISO week of the year", "%V"),
    _time("isoYear", "ISO year", "%G"),
    _time("isoYearIsoWeek", "ISO week of ISO year", "%G%V"),
    _time("dayOfWeek", "Day of week", "%w"),
    _time("dayOfWeekName", "Day of week name", "%A"),
    Dimension("eventName", "Event name", "Event", "event_name"),
    Dimension(
        "isKeyEvent",
        "Is key event",
        "Event",
        "case when event_name = 'purchase' then 'true' else 'false' end",
    ),
    Dimension("pagePath", "Page path", "Page / screen", "split_part(page, '?', 1)"),
    Dimension("pagePathPlusQueryString", "Page path + query string", "Page / screen", "page"),
    Dimension("pageLocation", "Page location", "Page / screen", "'https://shop.example.com' || page"),
    Dimension("fullPageUrl", "Full page URL", "Page / screen", "'shop.example.com' || page"),
    Dimension("hostName", "Hostname", "Page / screen", "'shop.example.com'"),
    _set("sessionSource", "Session source", "Traffic source", "session_source"),
    _set("sessionMedium", "Session medium", "Traffic source", "session_medium"),
    Dimension(
        "sessionSourceMedium",
        "Session source / medium",
        "Traffic source",
        f"coalesce(session_source, '{NOT_SET}') || ' / ' || coalesce(session_medium, '{NOT_SET}')",
    ),
    _set("sessionCampaignName", "Session campaign", "Traffic source", "shown_campaign"),
    _set("sessionManualAdContent", "Session manual ad content", "Traffic source", "session_content"),
    _set("sessionManualTerm", "Session manual term", "Traffic source", "null::varchar"),
    Dimension("sessionDefaultChannelGroup", "Session default channel group", "Traffic source", CHANNEL_GROUP),
    Dimension("deviceCategory", "Device category", "Platform / device", "device_category"),
    Dimension("platform", "Platform", "Platform / device", "'web'"),
    Dimension("country", "Country", "Geography", _COUNTRY_NAME),
    _set("countryId", "Country ID", "Geography", "country"),
    _set("transactionId", "Transaction ID", "Ecommerce", "transaction_id"),
    _set("linkUrl", "Link URL", "Link", "link_url", ""),
    _set("fileName", "File name", "Link", "file_name", ""),
    _set("videoTitle", "Video title", "Video", "video_title"),
    Dimension(
        "newVsReturning",
        "New / returning",
        "User lifetime",
        "case when is_new then 'new' else 'returning' end",
    ),
    Dimension("firstSessionDate", "First session date", "User lifetime", "strftime(first_day, '%Y%m%d')"),
    Dimension("itemName", "Item name", "Ecommerce", "null::varchar", is_item=True),
    _custom("client_id", "Client id", "client_id"),
    _custom("session_id", "Session id", "ga_session_id"),
    _custom("hit_ts", "Hit time", 'epoch_ms("at")::varchar'),
    _custom("contact_key", "Contact key", "contact_key"),
    _custom("method", "Method", "method"),
    _custom("form_id", "Form id", "form_id"),
)

_SESSION = "client_id || '.' || ga_session_id"
_SESSIONS = f"count(distinct {_SESSION})"
_ENGAGED = f"count(distinct {_SESSION}) filter (where is_engaged_session)"
_USERS = "count(distinct client_id)"
_EVENTS = "coalesce(sum(duplicate_count), 0)"


def _events(name: str, title: str, condition: str, is_item: bool = False) -> Metric:
    sql = f"coalesce(sum(duplicate_count) filter (where {condition}), 0)"
    return Metric(name, title, "TYPE_INTEGER", sql, is_item=is_item)


def _ratio(name: str, title: str, sql: str) -> Metric:
    return Metric(name, title, "TYPE_FLOAT", f"coalesce({sql}, 0)", is_ratio=True)


METRICS: Final = (
    Metric("eventCount", "Event count", "TYPE_INTEGER", _EVENTS),
    Metric("sessions", "Sessions", "TYPE_INTEGER", _SESSIONS),
    Metric("engagedSessions", "Engaged sessions", "TYPE_INTEGER", _ENGAGED),
    Metric("totalUsers", "Total users", "TYPE_INTEGER", _USERS),
    Metric(
        "activeUsers", "Active users", "TYPE_INTEGER", f"{_USERS} filter (where is_engaged_session or is_new)"
    ),
    Metric("newUsers", "New users", "TYPE_INTEGER", f"{_USERS} filter (where event_name = 'first_visit')"),
    _events("screenPageViews", "Views", "event_name = 'page_view'"),
    _events("keyEvents", "Key events", "event_name = 'purchase'"),
    _events("addToCarts", "Add to carts", "event_name = 'add_to_cart'"),
    _events("checkouts", "Checkouts", "event_name = 'begin_checkout'"),
    Metric(
        "userEngagementDuration",
        "User engagement",
        "TYPE_SECONDS",
        "coalesce(sum(engagement_ms * duplicate_count), 0) / 1000",
    ),
    # Purchases are counted by transaction id: a duplicate counts once.
    Metric("transactions", "Transactions", "TYPE_INTEGER", "count(distinct transaction_id)"),
    Metric("ecommercePurchases", "Ecommerce purchases", "TYPE_INTEGER", "count(distinct transaction_id)"),
    Metric("purchaseRevenue", "Purchase revenue", "TYPE_CURRENCY", "coalesce(sum(revenue), 0)"),
    Metric("totalRevenue", "Total revenue", "TYPE_CURRENCY", "coalesce(sum(revenue), 0)"),
    Metric("eventValue", "Event value", "TYPE_FLOAT", "coalesce(sum(revenue), 0)"),
    _ratio("engagementRate", "Engagement rate", f"{_ENGAGED} / nullif({_SESSIONS}, 0)"),
    _ratio("bounceRate", "Bounce rate", f"1 - {_ENGAGED} / nullif({_SESSIONS}, 0)"),
    _ratio("eventCountPerUser", "Event count per active user", f"{_EVENTS} / nullif({_USERS}, 0)"),
    _ratio("sessionsPerUser", "Sessions per active user", f"{_SESSIONS} / nullif({_USERS}, 0)"),
    _events("itemListClickEvents", "Item list click events", "event_name = 'select_item'", is_item=True),
    _events("itemListViewEvents", "Item list view events", "event_name = 'view_item_list'", is_item=True),
)

DIMENSION_BY_NAME: Final = {dimension.name: dimension for dimension in DIMENSIONS}
METRIC_BY_NAME: Final = {metric.name: metric for metric in METRICS}

# Hits by local day, with the session's and user's attributes that dimensions need.
HITS: Final = f"""
create table hits as
with sessions as (
    select
        client_id,
        ga_session_id,
        sum(engagement_ms) >= 10000
        or count(*) filter (where event_name = 'page_view') >= 2
        or bool_or(event_name = 'purchase') as is_engaged_session
    from web_events
    where client_id is not null
    group by client_id, ga_session_id
),

users as (
    select client_id, min("at") as first_at, arg_min(ga_session_id, "at") as first_session_id
    from web_events
    where client_id is not null
    group by client_id
)

select
    web_events.* exclude (person_id, micro_conversion, is_macro),
    web_events."at" at time zone '{PROPERTY_TIME_ZONE}' as local,
    (web_events."at" at time zone '{PROPERTY_TIME_ZONE}')::date as day,
    (users.first_at at time zone '{PROPERTY_TIME_ZONE}')::date as first_day,
    coalesce(users.first_session_id = web_events.ga_session_id, true) as is_new,
    coalesce(sessions.is_engaged_session, false) as is_engaged_session
from web_events
left join sessions
    on web_events.client_id = sessions.client_id and web_events.ga_session_id = sessions.ga_session_id
left join users on web_events.client_id = users.client_id
order by web_events.event_no
"""
