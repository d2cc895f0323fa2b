{{ config(materialized='incremental', unique_key='event_id') }}

with

events as (

    select * from {{ ref('int_events') }}

),

credits as (

    select * from {{ ref('int_resolved_events') }}

)

select
    events.event_id,
    events.event_partition,
    events.order_id
from events
inner join credits on events.event_id = credits.event_id
where credits.person_key is null
