{{ config(materialized='incremental', unique_key='event_partition') }}

with

email_events as (

    select * from {{ ref('stg_hubspot__email_events') }}

)

-- What campaigns and their links are known by, so that they need not be looked for in all events every day.
select
    event_partition,
    campaign_key,
    event_name,
    {{ url_parameter('url', 'utm_campaign') }} as campaign_slug,
    count(*) as events,
    min(occurred_at) as first_occurred_at
from email_events
where {{ is_in_changed_partition('event_partition') }}
group by event_partition, campaign_key, event_name, {{ url_parameter('url', 'utm_campaign') }}
