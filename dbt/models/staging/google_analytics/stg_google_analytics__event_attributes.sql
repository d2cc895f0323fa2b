with

all_rows as (

    select * from {{ source('google_analytics', 'event_attributes') }}

),

exported_days as (

    select * from {{ ref('stg_google_analytics_export__day_counts') }}

),

source as (

    select * from all_rows
    where not exists (
        select 1 from exported_days
        where {{ is_exported('all_rows') }}
    )

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

renamed as (

    select
        {{ property_feed() }} as feed,
        {{ property_prefix() }} || {{ known_identifier('client', ga4_value('client_id')) }} as client_id,
        {{ ga4_value('session_id') }} as ga_session_id,
        {{ ga4_hit_key('hit_ts') }} as hit_key,
        event_name,
        {{ ga4_traffic_value('session_source') }} as session_source,
        {{ ga4_traffic_value('session_medium') }} as session_medium,
        {{ ga4_value('session_campaign') }} as session_campaign,
        {{ ga4_value('session_content') }} as session_content,
        {{ order_id(known_identifier('order', 'transaction_id')) }} as transaction_id,
        {{ ga4_event_count('event_count') }} as event_count,
        case
            when not coalesce(is_revenue_restricted, false) then {{ money_amount('purchase_revenue') }}
        end as purchase_revenue,
        coalesce(is_revenue_restricted, false) as is_revenue_restricted,
        currency,
        {{ ga4_is_folded([
            'client_id', 'session_id', 'hit_ts', 'event_name', 'session_source', 'session_medium', 'session_campaign',
            'session_content', 'transaction_id',
        ]) }} as is_folded,
        {{ partition_day() }} as property_date,
        {{ event_partition('google_analytics', '_partition') }} as event_partition
    from source
    {{ join_placeholders({'client': 'source.client_id', 'order': 'source.transaction_id'}) }}

)

select * from renamed
