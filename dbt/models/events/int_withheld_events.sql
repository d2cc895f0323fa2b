{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ ref('int_events') }}

),

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

)

-- By what was clicked the next build finds the clicks on a short link that arrives: `fct_events` does not show it.
select
    resolved_events.withheld_person_key as person_key,
    resolved_events.event_id,
    case when events.event_name in {{ email_event_names('click') }} then events.url end as clicked_url
from resolved_events
inner join events on resolved_events.event_id = events.event_id
where resolved_events.withheld_person_key is not null
