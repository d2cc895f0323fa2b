with

source as (

    select * from {{ source('google_analytics', 'events') }}

),

renamed as (

    select
        {{ ga4_value('client_id') }} as client_id,
        {{ ga4_value('session_id') }} as ga_session_id,
        try_cast(hit_ts as bigint) as hit_milliseconds,
        event_name,
        {{ ga4_value('contact_key') }} as contact_key,
        {{ ga4_value('page') }} as page,
        {{ ga4_value('device_category') }} as device_category,
        {{ ga4_value('country') }} as country,
        coalesce(event_count, 1) as event_count,
        engagement_seconds,
        {{ parse_timestamp('date_hour_minute', '%Y%m%d%H%M') }} as occurred_at_local,
        coalesce(
            {{ epoch_milliseconds('try_cast(hit_ts as bigint)') }},
            {{ to_utc(
                parse_timestamp('date_hour_minute', '%Y%m%d%H%M'),
                "coalesce(" ~ clean_text('property_time_zone') ~ ", '" ~ var('account_time_zone') ~ "')"
            ) }}
        ) as occurred_at,
        try_cast(hit_ts as bigint) is null as is_minute_precise,
        try_cast(hit_ts as bigint) is null and {{ is_ambiguous_local_time(
            parse_timestamp('date_hour_minute', '%Y%m%d%H%M'),
            "coalesce(" ~ clean_text('property_time_zone') ~ ", '" ~ var('account_time_zone') ~ "')"
        ) }} as is_local_time_ambiguous,
        currency,
        {{ event_partition('google_analytics', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at
    from source

)

select * from renamed
