"""The world's web events as rows of the export: nested, by day, as they stand at the simulator's time."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pyarrow as pa

from dagster_project.simulator.countries import COUNTRY_NAMES
from dagster_project.simulator.database import HOME_TIME_ZONE
from dagster_project.simulator.simulation import Simulation

# A daily table is written some hours after its day; until then there is the intraday one.
DAILY_AFTER: Final = timedelta(hours=12)
# Tables from before these days lack columns that Google added later.
OLD_TABLES: Final = timedelta(days=45)
NEW_COLUMNS: Final = (
    "collected_traffic_source",
    "session_traffic_source_last_click",
    "batch_page_id",
    "batch_ordering_id",
    "batch_event_index",
)
# An intraday table has no attribution of sessions.
NOT_INTRADAY: Final = ("session_traffic_source_last_click", "user_ltv", "is_active_user")

_COUNTRY: Final = (
    "case country " + " ".join(f"when '{c}' then '{n}'" for c, n in COUNTRY_NAMES.items()) + " end"
)


def _value(text: str = "null", whole: str = "null", double: str = "null") -> str:
    return (
        f"{{'string_value': ({text})::varchar, 'int_value': ({whole})::bigint, 'float_value': null::double, "
        f"'double_value': ({double})::double}}"
    )


def _parameter(name: str, condition: str, value: str) -> str:
    return f"case when {condition} then {{'key': '{name}', 'value': {value}}} end"


def _texts(*names: str) -> list[str]:
    return [_parameter(name, f"{name} is not null", _value(name)) for name in names]


_PARAMETERS: Final = [
    _parameter("page_location", "true", _value("'https://shop.example.com' || page")),
    _parameter("ga_session_id", "ga_session_id is not null", _value(whole="ga_session_id")),
    # Both occur: a text and a number.
    _parameter("session_engaged", "event_no % 2 = 0", _value("'1'")),
    _parameter("session_engaged", "event_no % 2 = 1", _value(whole="1")),
    _parameter("engagement_time_msec", "engagement_ms is not null", _value(whole="engagement_ms")),
    *_texts("contact_key", "link_url", "file_name", "video_title", "method", "form_id"),
    _parameter("currency", "revenue is not null", _value("'EUR'")),
    # A whole amount is a number of the other kind.
    _parameter("value", "revenue is not null and revenue = trunc(revenue)", _value(whole="revenue")),
    _parameter("value", "revenue is not null and revenue <> trunc(revenue)", _value(double="revenue")),
    _parameter("source", "tags_itself", _value("session_source")),
    _parameter("medium", "tags_itself", _value("session_medium")),
    _parameter("campaign", "tags_itself", _value("shown_campaign")),
    _parameter("content", "tags_itself and session_content is not null", _value("session_content")),
]

_ROWS: Final = f"""
with numbered as (
    select
        *,
        case when settled_at > $now then provisional_campaign else session_campaign end as shown_campaign,
        timezone('{HOME_TIME_ZONE}', "at")::date as day,
        client_id is not null
        and row_number() over (partition by client_id, ga_session_id order by event_no) = 1 as tags_itself
    from web_events
    where visible_at <= $now
),

-- A tag that fired twice is exported twice.
copies as (
    select * from numbered
    union all
    select * from numbered where duplicate_count > 1
)

select
    day,
    strftime(day, '%Y%m%d') as event_date,
    epoch_us("at") as event_timestamp,
    event_name,
    list_filter([{", ".join(_PARAMETERS)}], lambda p: p is not null) as event_params,
    case event_no % 3 when 0 then null else event_no end as event_previous_timestamp,
    null::varchar as user_id,
    client_id as user_pseudo_id,
    {{
        'analytics_storage': case when client_id is null then 'No' else 'Yes' end,
        'ads_storage': 'Unset', 'uses_transient_token': 'No'
    }} as privacy_info,
    client_id is not null as is_active_user,
    {{'revenue': 0::double, 'currency': 'USD'}} as user_ltv,
    {{
        'category': device_category, 'language': 'et-ee', 'web_info': {{'hostname': 'shop.example.com'}}
    }} as device,
    {{'country': {_COUNTRY}, 'city': null::varchar}} as geo,
    -- The user's first source: what the world's first campaigns were, and never a session's.
    {{'name': '(direct)', 'medium': '(none)', 'source': '(direct)'}} as traffic_source,
    case when tags_itself then {{
        'manual_source': session_source, 'manual_medium': session_medium,
        'manual_campaign_name': shown_campaign, 'manual_content': session_content, 'gclid': null::varchar
    }} end as collected_traffic_source,
    case when client_id is not null then {{'manual_campaign': {{
        'campaign_name': shown_campaign, 'source': session_source, 'medium': session_medium,
        'content': session_content
    }}}} end as session_traffic_source_last_click,
    '1234567' as stream_id,
    'WEB' as platform,
    case when revenue is not null then {{
        'transaction_id': transaction_id, 'purchase_revenue': revenue,
        'purchase_revenue_in_usd': round(revenue * 1.1, 2), 'total_item_quantity': 1::bigint
    }} end as ecommerce,
    case when revenue is not null
        then [{{
            'item_id': 'SKU' || event_no % 7, 'item_name': 'Item', 'quantity': 1::bigint, 'price': revenue
        }}]
    end as items,
    (event_no // 4)::bigint as batch_page_id,
    1::bigint as batch_ordering_id,
    (event_no % 4)::bigint as batch_event_index
from copies
order by day, event_no
"""


def tables(simulation: Simulation) -> dict[str, pa.Table]:
    """By name, `events_20261101` or `events_intraday_20261115`, with the columns that such a table has."""
    now = simulation.clock.now
    rows = simulation.database.arrow(_ROWS, {"now": now})
    days = rows.column("day").to_pylist()
    rows = rows.drop_columns(["day"])
    found, start = {}, 0
    for place in range(1, len(days) + 1):
        if place < len(days) and days[place] == days[start]:
            continue
        day = days[start]
        is_daily = ends_at(day) + DAILY_AFTER <= now
        name = f"events_{'' if is_daily else 'intraday_'}{day:%Y%m%d}"
        found[name] = _with_columns(rows.slice(start, place - start), day, now, is_daily)
        start = place
    return found


def ends_at(day: date) -> datetime:
    """About the end of a day; an hour more or less decides nothing."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)


def _with_columns(rows: pa.Table, day: date, now: datetime, is_daily: bool) -> pa.Table:
    if day < (now - OLD_TABLES).date():
        rows = rows.drop_columns(list(NEW_COLUMNS))
    return rows if is_daily else rows.drop_columns([n for n in NOT_INTRADAY if n in rows.column_names])
