{{ config(materialized='table') }}

with

source_hits as (

    select * from {{ ref('stg_google_analytics__hits') }}

),

attributes as (

    select * from {{ ref('stg_google_analytics__event_attributes') }}

),

parameters as (

    select * from {{ ref('stg_google_analytics__event_parameters') }}

),

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

-- What no browser but a contact is known of belongs to the contact: distinguished and numbered without the hits of
-- others in the same minute, which an incremental build does not read.
affected_hits as (

    select
        *,
        case when client_id is null then contact_key end as sole_contact_key
    from source_hits
    where {{ is_affected(
        {'contact_key': 'source_hits.contact_key', 'client_id': 'source_hits.client_id'},
        'source_hits.event_partition'
    ) }}

),

-- Rows of one hit that differ only in what the second one lacks are the same hit: the fuller one stays.
-- Without identifiers rows are aggregates, and every one of them stays.
numbered as (

    select
        *,
        row_number() over (
            partition by
                feed, client_id, sole_contact_key, ga_session_id, occurred_at, rejected_hit_key, event_name, page
            order by
                contact_key nulls last, event_count desc,
                device_category nulls last, country nulls last, engagement_seconds nulls last, currency nulls last
        ) as copy_number,
        dense_rank() over (
            partition by feed, client_id, sole_contact_key, ga_session_id, occurred_at, event_name
            order by page nulls last
        ) as page_number
    from affected_hits

),

hits as (

    select
        *,
        case when client_id is null then copy_number else coalesce(rejected_hit_key, 1) end as ordinal
    from numbered
    where copy_number = 1 or client_id is null

),

hit_attributes as (

    select
        client_id,
        ga_session_id,
        hit_key,
        event_name,
        max(session_source) as session_source,
        max(session_medium) as session_medium,
        max(session_campaign) as session_campaign,
        max(session_content) as session_content,
        max(transaction_id) as transaction_id,
        -- GA4 has counted a transaction once already, however often its event was sent.
        max(purchase_revenue) as revenue,
        max(currency) as currency
    from attributes
    where
        client_id is not null and hit_key is not null
        and {{ is_affected({'client_id': 'attributes.client_id'}) }}
    group by client_id, ga_session_id, hit_key, event_name

),

hit_parameters as (

    select
        client_id,
        ga_session_id,
        hit_key,
        event_name,
        max(link_url) as link_url,
        max(file_name) as file_name,
        max(video_title) as video_title,
        max(method) as method,
        max(form_id) as form_id
    from parameters
    where
        client_id is not null and hit_key is not null
        and {{ is_affected({'client_id': 'parameters.client_id'}) }}
    group by client_id, ga_session_id, hit_key, event_name

),

joined as (

    select
        {{ keyed_id([
            "'google_analytics' || coalesce('/' || hits.feed, '')", 'hits.client_id', 'hits.sole_contact_key', 'hits.ga_session_id', 'hits.occurred_at',
            'hits.event_name', 'hits.page_number', 'hits.ordinal',
        ]) }} as event_id,
        hits.occurred_at,
        'google_analytics' as source,
        hits.feed,
        hits.event_name,
        hits.contact_key,
        cast(null as string) as user_id,
        hits.client_id,
        hits.ga_session_id,
        {{ joined_campaign() }} as campaign_key,
        cast(null as string) as email_id,
        hits.page as url,
        hit_attributes.session_source as traffic_source,
        hit_attributes.session_medium as traffic_medium,
        hit_attributes.session_campaign as traffic_campaign,
        cast(null as string) as link_role,
        case when hit_attributes.revenue > 0 or hit_attributes.transaction_id is not null then hit_attributes.revenue end
            as revenue,
        case
            when hit_attributes.revenue > 0 or hit_attributes.transaction_id is not null
                then coalesce(hit_attributes.currency, hits.currency)
        end as currency,
        hit_attributes.transaction_id as order_id,
        cast(null as string) as order_status,
        cast(null as string) as analytics_consent,
        cast(null as string) as marketing_consent,
        cast(null as string) as experiment,
        cast(null as string) as variant,
        hits.device_category as device,
        hits.country,
        hits.engagement_seconds,
        cast(hits.event_count as integer) as event_count,
        {{ json_object_of({
            'link_url': 'hit_parameters.link_url',
            'file_name': 'hit_parameters.file_name',
            'video_title': 'hit_parameters.video_title',
            'method': 'hit_parameters.method',
            'form_id': 'hit_parameters.form_id',
            'content': 'hit_attributes.session_content',
        }) }} as properties,
        hits.event_partition,
        cast(null as bigint) as source_position,
        hits.loaded_at
    from hits
    left join hit_attributes
        on
            hits.client_id = hit_attributes.client_id
            and hits.ga_session_id = hit_attributes.ga_session_id
            and hits.hit_key = hit_attributes.hit_key
            and hits.event_name = hit_attributes.event_name
    left join hit_parameters
        on
            hits.client_id = hit_parameters.client_id
            and hits.ga_session_id = hit_parameters.ga_session_id
            and hits.hit_key = hit_parameters.hit_key
            and hits.event_name = hit_parameters.event_name
    {{ join_campaign('hit_attributes.session_campaign') }}

)

select * from joined
