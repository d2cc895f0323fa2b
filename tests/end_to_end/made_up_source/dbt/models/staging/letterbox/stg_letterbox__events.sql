{{ config(materialized='table') }}

with

letters as (

    select * from {{ ref('stg_letterbox__rows') }}

),

affected_letters as (

    select *
    from letters
    where {{ is_affected(
        {'contact_key': 'letters.contact_key', 'client_id': 'letters.client_id'}, 'letters.event_partition'
    ) }}

)

select
    event_partition,
    {{ stable_key(["'letterbox'", 'letter_step_id']) }} as event_id,
    occurred_at,
    'letterbox' as source,
    cast(null as varchar) as feed,
    event_name,
    contact_key,
    cast(null as varchar) as user_id,
    client_id,
    cast(null as varchar) as ga_session_id,
    campaign_key,
    campaign_key as email_id,
    url,
    cast(null as varchar) as traffic_source,
    cast(null as varchar) as traffic_medium,
    cast(null as varchar) as traffic_campaign,
    cast(null as varchar) as link_role,
    cast(null as decimal(18, 4)) as revenue,
    cast(null as varchar) as currency,
    cast(null as varchar) as order_id,
    cast(null as varchar) as order_status,
    cast(null as varchar) as analytics_consent,
    cast(null as varchar) as marketing_consent,
    cast(null as varchar) as experiment,
    cast(null as varchar) as variant,
    cast(null as varchar) as device,
    cast(null as varchar) as country,
    cast(null as double) as engagement_seconds,
    cast(1 as integer) as event_count,
    {{ json_object_of({'agent': 'agent'}) }} as properties,
    cast(null as bigint) as source_position,
    loaded_at
from affected_letters
