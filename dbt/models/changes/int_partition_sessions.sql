{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ ref('int_events') }}

),

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

),

sessions as (

    select * from {{ ref('int_event_sessions') }}

)

select
    events.event_partition,
    coalesce(resolved_events.person_key, resolved_events.withheld_person_key) as person_key,
    sessions.session_id,
    count(*) as events
from events
inner join resolved_events on events.event_id = resolved_events.event_id
left join sessions on events.event_id = sessions.event_id
where resolved_events.person_key is not null or resolved_events.withheld_person_key is not null
group by
    events.event_partition,
    coalesce(resolved_events.person_key, resolved_events.withheld_person_key),
    sessions.session_id
