with

events as (

    select * from {{ ref('fct_events') }}

),

by_load as (

    select
        source,
        loaded_at,
        count(*) as events,
        count(case when occurred_at < {{ plus_days('loaded_at', -var('late_event_days')) }} then 1 end) as late_events
    from events
    group by source, loaded_at

),

by_day as (

    select
        source,
        cast(loaded_at as date) as day,
        sum(events) as events,
        sum(late_events) as late_events
    from by_load
    group by source, day

),

numbered as (

    select
        *,
        row_number() over (partition by source order by day) as day_number
    from by_day

)

-- What the first day of reading brings is history, not late.
select
    'late_events' as indicator,
    cast(source as string) as source,
    'all' as stream,
    day,
    late_events as affected,
    events as total,
    'events' as unit
from numbered
where day_number > 1
