{{ config(materialized='incremental', unique_key='event_partition') }}

with

actions as (

    select * from {{ ref('stg_smaily__actions') }}

)

select
    account,
    seq_id,
    contact_key,
    campaign_id,
    action,
    occurred_at_local,
    occurred_at,
    event_partition
from actions
where is_local_time_ambiguous and {{ is_in_changed_partition('event_partition') }}
