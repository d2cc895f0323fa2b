{{ config(materialized='incremental', unique_key='person_key') }}

with

forwarded_clicks as (

    select * from {{ ref('int_forwarded_clicks') }}

),

events as (

    select * from {{ ref('int_events') }}

)

select
    forwarded_clicks.person_key,
    forwarded_clicks.event_id,
    events.contact_key
from forwarded_clicks
inner join events on forwarded_clicks.event_id = events.event_id
