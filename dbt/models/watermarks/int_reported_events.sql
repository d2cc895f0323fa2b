with

events as (

    select * from {{ ref('fct_events') }}

),

-- Grouped before anything is judged, as the events are many and the groups few.
grouped_events as (

    select
        source,
        feed,
        micro_conversion,
        is_machine,
        {{ is_activity() }} as is_activity,
        min(occurred_at) as first_event_at,
        -- A clock may be ahead of the extraction.
        max(least(occurred_at, loaded_at)) as last_event_at
    from events
    group by source, feed, micro_conversion, is_machine, {{ is_activity() }}

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
    min(first_event_at) as first_event_at,
    max(known_at) as last_event_at,
    max(case when not is_machine then known_events.last_event_at end) as last_human_event_at
from known_events
group by source, feed, micro_conversion
