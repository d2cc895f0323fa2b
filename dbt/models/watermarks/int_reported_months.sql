with

events as (

    select * from {{ ref('fct_events') }}

)

-- Grouped before anything is judged, as the events are many and the groups few.
select
    source,
    feed,
    micro_conversion,
    is_machine,
    {{ is_activity() }} as is_activity,
    date_trunc('month', occurred_at) as month,
    count(*) as events,
    min(occurred_at) as first_event_at,
    -- A clock may be ahead of the extraction.
    max(least(occurred_at, loaded_at)) as last_event_at
from events
group by source, feed, micro_conversion, is_machine, {{ is_activity() }}, date_trunc('month', occurred_at)
