{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ delta('fct_events') }}

)

select
    person_key,
    event_id,
    micro_conversion as reason,
    occurred_at as exited_at
from events
where
    person_key is not null
    and not is_machine
    and {{ is_exit('micro_conversion') }}
