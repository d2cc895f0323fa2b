{{ config(materialized='table') }}

with

source_hits as (

    select * from {{ ref('stg_google_analytics_export__hits') }}

),

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

affected_hits as (

    select *
    from source_hits
    where {{ is_affected(
        {
            'contact_key': 'source_hits.contact_key',
            'user_id': 'source_hits.user_id',
            'client_id': 'source_hits.client_id',
            'order_id': 'source_hits.transaction_id',
        },
        'source_hits.event_partition'
    ) }}

),

-- The export repeats events; their copies are alike in all that is compared.
numbered as (

    select
        *,
        row_number() over (
            partition by event_key, event_partition
            order by revenue desc nulls last, session_source nulls last, url nulls last, loaded_at
        ) as copy_number,
        count(*) over (partition by event_key, event_partition) as copies
    from affected_hits

),

hits as (

    select * from numbered
    where copy_number = 1

),

-- Intraday tables and those from before 2024 do not attribute sessions: what tagged the session first does.
tags as (

    select
        client_id,
        ga_session_id,
        collected_source,
        collected_medium,
        collected_campaign,
        row_number() over (
            partition by client_id, ga_session_id order by occurred_at, source_position nulls last, event_key
        ) as tag_number
    from hits
    where
        client_id is not null and ga_session_id is not null
        and (collected_source is not null or collected_medium is not null)

),

attributed as (

    select
        hits.*,
        case
            when hits.session_source is not null or hits.session_medium is not null then hits.session_source
            when tags.client_id is not null then tags.collected_source
            else hits.collected_source
        end as traffic_source,
        case
            when hits.session_source is not null or hits.session_medium is not null then hits.session_medium
            when tags.client_id is not null then tags.collected_medium
            else hits.collected_medium
        end as traffic_medium,
        case
            when hits.session_source is not null or hits.session_medium is not null then hits.session_campaign
            when tags.client_id is not null then tags.collected_campaign
            else hits.collected_campaign
        end as traffic_campaign
    from hits
    left join tags
        on
            hits.client_id = tags.client_id
            and hits.ga_session_id = tags.ga_session_id
            and tags.tag_number = 1

),

joined as (

    select
        {{ keyed_id([
            "'google_analytics_export'", 'attributed.client_id', 'attributed.event_key', 'attributed.event_partition',
        ]) }} as event_id,
        attributed.occurred_at,
        'google_analytics_export' as source,
        attributed.feed,
        attributed.event_name,
        attributed.contact_key,
        attributed.user_id,
        attributed.client_id,
        attributed.ga_session_id,
        {{ joined_campaign() }} as campaign_key,
        cast(null as string) as email_id,
        attributed.url,
        attributed.traffic_source,
        attributed.traffic_medium,
        attributed.traffic_campaign,
        cast(null as string) as link_role,
        attributed.revenue,
        attributed.currency,
        attributed.transaction_id as order_id,
        cast(null as string) as order_status,
        -- Without any id it is the consent of no person.
        case
            when coalesce(attributed.client_id, attributed.user_id, attributed.contact_key) is not null
                then attributed.analytics_consent
        end as analytics_consent,
        cast(null as string) as marketing_consent,
        cast(null as string) as experiment,
        cast(null as string) as variant,
        attributed.device_category as device,
        attributed.country,
        attributed.engagement_seconds,
        cast(attributed.copies as integer) as event_count,
        attributed.properties,
        attributed.event_partition,
        attributed.source_position,
        attributed.loaded_at
    from attributed
    {{ join_campaign('attributed.traffic_campaign') }}

)

select * from joined
