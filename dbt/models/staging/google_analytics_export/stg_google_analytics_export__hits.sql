with

source as (

    select * from {{ source('google_analytics_export', 'events') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

-- Ids of browsers, visitors and orders mean something within their property only.
prefixed as (

    select
        *,
        coalesce(id_namespace || '/', '') as prefix
    from source

),

renamed as (

    select
        prefixed.property_id,
        prefixed.id_namespace as feed,
        prefixed.prefix || {{ known_identifier('client', 'prefixed.client_id') }} as client_id,
        prefixed.prefix || {{ known_identifier('user', 'prefixed.user_id') }} as user_id,
        {{ known_identifier('contact', 'prefixed.contact_key') }} as contact_key,
        {{ ga4_value('prefixed.ga_session_id') }} as ga_session_id,
        prefixed.prefix || prefixed.event_key as event_key,
        coalesce({{ clean_text('prefixed.event_name') }}, '(not set)') as event_name,
        prefixed.occurred_at,
        prefixed.source_position,
        {{ ga4_value('prefixed.page_location') }} as url,
        prefixed.engagement_milliseconds / 1000 as engagement_seconds,
        {{ consent('prefixed.analytics_storage') }} as analytics_consent,
        {{ ga4_traffic_value('prefixed.session_source') }} as session_source,
        {{ ga4_traffic_value('prefixed.session_medium') }} as session_medium,
        {{ ga4_value('prefixed.session_campaign') }} as session_campaign,
        {{ ga4_traffic_value('prefixed.collected_source') }} as collected_source,
        {{ ga4_traffic_value('prefixed.collected_medium') }} as collected_medium,
        {{ ga4_value('prefixed.collected_campaign') }} as collected_campaign,
        {{ order_id(known_identifier('order', 'prefixed.transaction_id')) }} as transaction_id,
        {{ money_amount('prefixed.revenue') }} as revenue,
        prefixed.currency,
        {{ ga4_value('prefixed.device_category') }} as device_category,
        {{ ga4_value('prefixed.country') }} as country,
        prefixed.properties,
        prefixed.table_kind,
        {{ instant_to_utc('prefixed._extracted_at') }} as loaded_at,
        {{ try_date('prefixed._partition') }} as property_date,
        {{ event_partition('google_analytics_export', 'prefixed._partition') }} as event_partition
    from prefixed
    {{ join_placeholders({
        'client': 'prefixed.client_id', 'user': 'prefixed.user_id', 'contact': 'prefixed.contact_key',
        'order': 'prefixed.transaction_id',
    }) }}

)

select * from renamed
