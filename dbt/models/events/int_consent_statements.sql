{{ config(materialized='incremental', unique_key=['person_key', 'event_id']) }}

with

events as (

    select * from {{ ref('int_events') }}

),

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

)

select
    events.event_id,
    coalesce(resolved_events.person_key, resolved_events.withheld_person_key) as person_key,
    events.source,
    events.feed,
    events.occurred_at
from events
inner join resolved_events on events.event_id = resolved_events.event_id
where coalesce(events.analytics_consent, events.marketing_consent) is not null
