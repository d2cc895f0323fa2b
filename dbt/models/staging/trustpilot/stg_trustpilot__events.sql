{%- set no_text = 'cast(null as string)' -%}
{{ config(materialized='table') }}

with

reviews as (

    select * from {{ ref('stg_trustpilot__reviews') }}

),

affected_reviews as (

    select *
    from reviews
    where {{ is_affected({'contact_key': 'reviews.contact_key'}, 'reviews.event_partition') }}

)

select
    {{ stable_key(["'trustpilot'", 'review_id', 'version']) }} as event_id,
    occurred_at,
    'trustpilot' as source,
    {{ no_text }} as feed,
    change as event_name,
    contact_key,
    {{ no_text }} as user_id,
    {{ no_text }} as client_id,
    {{ no_text }} as ga_session_id,
    {{ no_text }} as campaign_key,
    {{ no_text }} as email_id,
    {{ no_text }} as url,
    {{ no_text }} as traffic_source,
    {{ no_text }} as traffic_medium,
    {{ no_text }} as traffic_campaign,
    {{ no_text }} as link_role,
    cast(null as decimal(18, 4)) as revenue,
    {{ no_text }} as currency,
    {{ no_text }} as order_id,
    {{ no_text }} as order_status,
    {{ no_text }} as analytics_consent,
    {{ no_text }} as marketing_consent,
    {{ no_text }} as experiment,
    {{ no_text }} as variant,
    {{ no_text }} as device,
    {{ no_text }} as country,
    cast(null as double) as engagement_seconds,
    cast(1 as integer) as event_count,
    {{ json_object_of({
        'review': 'review_id',
        'version': 'cast(version as string)',
        'stars': 'cast(stars as string)',
        'status': "case when is_shown then 'shown' else 'removed' end",
        'origin': 'origin',
        'origin_name': 'origin_name',
        'order_reference': 'order_reference',
        'order_namespace': 'order_namespace',
    }) }} as properties,
    event_partition,
    cast(version as bigint) as source_position,
    loaded_at
from affected_reviews
