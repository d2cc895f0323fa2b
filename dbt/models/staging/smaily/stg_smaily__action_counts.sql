{{ config(materialized='incremental', unique_key='event_partition') }}

with

actions as (

    select * from {{ ref('stg_smaily__actions') }}

)

-- What campaigns, variants and links are known by, so that they need not be looked for in the whole log every day.
select
    event_partition,
    campaign_id,
    campaign_name,
    action,
    url,
    {{ url_parameter('url', 'utm_campaign') }} as campaign_slug,
    count(*) as actions,
    min(case when not is_local_time_ambiguous then occurred_at end) as first_occurred_at
from actions
where {{ is_in_changed_partition('event_partition') }}
group by
    event_partition, campaign_id, campaign_name, action, url, {{ url_parameter('url', 'utm_campaign') }}
