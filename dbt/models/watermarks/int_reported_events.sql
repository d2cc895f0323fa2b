with

months as (

    select * from {{ ref('int_reported_months') }}

),

grouped_events as (

    select
        source,
        feed,
        micro_conversion,
        is_machine,
        is_activity,
        sum(events) as events,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at
    from months
    group by source, feed, micro_conversion, is_machine, is_activity

),

-- Of a day without a time not more may be known than its beginning. The event itself is the last microsecond all the same.
known_events as (

    select
        *,
        case
            when {{ is_day_without_time('last_event_at') }}
                then {{ plus_days('last_event_at', -1) }} + interval '0.000001' second
            else last_event_at
        end as known_at
    from grouped_events

)

select
    cast(source as string) as source,
    feed,
    cast(micro_conversion as string) as micro_conversion,
    max(case when is_activity then 1 else 0 end) = 1 as has_activity,
    cast(sum(events) as bigint) as events,
    min(first_event_at) as first_event_at,
    max(known_at) as last_event_at,
    max(case when not is_machine then known_events.last_event_at end) as last_human_event_at
from known_events
group by source, feed, micro_conversion
