{{ config(materialized='incremental', unique_key='event_partition') }}

with

events as (

    select * from {{ ref('stg_event_files__rows') }}

)

select
    event_partition,
    coalesce(campaign, {{ url_parameter('url', 'utm_campaign') }}) as campaign_slug,
    count(*) as opens,
    count(coalesce(agent, ip_address, is_machine)) as opens_with_evidence
from events
where event_name in {{ own_email_names(['open']) }} and {{ is_in_changed_partition('event_partition') }}
group by event_partition, coalesce(campaign, {{ url_parameter('url', 'utm_campaign') }})
