{{ config(materialized='incremental', unique_key='event_id') }}

with

events as (

    select * from {{ ref('int_events') }}

),

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

)

select
    events.event_id,
    events.event_partition,
    events.order_id,
    -- Shared accounts and devices, which no person has.
    events.contact_key,
    events.user_id,
    events.client_id
from events
inner join resolved_events on events.event_id = resolved_events.event_id
where resolved_events.person_key is null and resolved_events.withheld_person_key is null
