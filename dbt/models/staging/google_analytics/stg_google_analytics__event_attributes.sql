with

source as (

    select * from {{ source('google_analytics', 'event_attributes') }}

),

renamed as (

    select
        {{ ga4_value('client_id') }} as client_id,
        {{ ga4_value('session_id') }} as ga_session_id,
        try_cast(hit_ts as bigint) as hit_milliseconds,
        event_name,
        {{ clean_text('session_source') }} as session_source,
        {{ clean_text('session_medium') }} as session_medium,
        {{ ga4_value('session_campaign') }} as session_campaign,
        {{ ga4_value('session_content') }} as session_content,
        {{ ga4_value('transaction_id') }} as transaction_id,
        coalesce(event_count, 1) as event_count,
        purchase_revenue,
        currency,
        {{ event_partition('google_analytics', '_partition') }} as event_partition
    from source

)

select * from renamed
