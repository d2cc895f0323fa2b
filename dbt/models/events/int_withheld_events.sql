{{ config(materialized='incremental', unique_key='person_key') }}

with

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

)

select
    withheld_person_key as person_key,
    event_id
from resolved_events
where withheld_person_key is not null
