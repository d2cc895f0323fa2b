with

source as (

    select * from {{ source('google_analytics', 'event_attributes') }}

),

placeholders as (

    select placeholder from {{ ref('placeholder_ids') }}

),

renamed as (

    select
        {{ ga4_value('client_id') }} as client_id,
        {{ ga4_value('session_id') }} as ga_session_id,
        {{ ga4_hit_key('hit_ts') }} as hit_key,
        event_name,
        {{ ga4_traffic_value('session_source') }} as session_source,
        {{ ga4_traffic_value('session_medium') }} as session_medium,
        {{ ga4_value('session_campaign') }} as session_campaign,
        {{ ga4_value('session_content') }} as session_content,
        case when placeholders.placeholder is null then {{ order_id('transaction_id') }} end as transaction_id,
        {{ ga4_event_count('event_count') }} as event_count,
        case
            when not coalesce(is_revenue_restricted, false) then cast(purchase_revenue as decimal(18, 4))
        end as purchase_revenue,
        coalesce(is_revenue_restricted, false) as is_revenue_restricted,
        currency,
        {{ ga4_is_folded([
            'client_id', 'session_id', 'hit_ts', 'event_name', 'session_source', 'session_medium', 'session_campaign',
            'session_content', 'transaction_id',
        ]) }} as is_folded,
        try_cast(_partition as date) as property_date,
        {{ event_partition('google_analytics', '_partition') }} as event_partition
    from source
    left join placeholders on lower(trim(source.transaction_id)) = placeholders.placeholder

)

select * from renamed
