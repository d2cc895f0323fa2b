{{ config(materialized='incremental', unique_key='event_partition') }}

with

events as (

    select * from {{ ref('stg_event_files__rows') }}

)

select
    event_partition,
    campaign,
    min(occurred_at) as first_occurred_at
from events
where campaign is not null and {{ is_in_changed_partition('event_partition') }}
group by event_partition, campaign
