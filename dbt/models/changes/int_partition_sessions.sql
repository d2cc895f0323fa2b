{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ ref('int_events') }}

),

credits as (

    select * from {{ ref('int_resolved_events') }}

),

sessions as (

    select * from {{ ref('int_event_sessions') }}

)

select
    events.event_partition,
    credits.person_key,
    sessions.session_id,
    count(*) as events
from events
inner join credits on events.event_id = credits.event_id
left join sessions on events.event_id = sessions.event_id
where credits.person_key is not null
group by events.event_partition, credits.person_key, sessions.session_id
