{%- set zone = "'" ~ var('account_time_zone') ~ "'" -%}
{%- set latest = plus_seconds(instant_to_utc('_extracted_at'), 60 * var('clock_skew_minutes')) -%}

with

source as (

    select * from {{ source('smaily', 'actions') }}

),

renamed as (

    select
        seq_id,
        {{ hex_text('contact_key') }} as contact_key,
        source.time as occurred_at_local,
        {{ to_utc_until('source.time', zone, latest) }} as occurred_at,
        {{ is_ambiguous_local_time('source.time', zone) }}
        and {{ to_utc('source.time', zone) }} <= {{ latest }} as is_local_time_ambiguous,
        try_cast(campaign_id as bigint) as campaign_id,
        {{ clean_text('campaign_name') }} as campaign_name,
        lower(action) as action,
        {{ clean_text('value') }} as value,
        {{ event_partition('smaily', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at
    from source
    where source.time is not null

)

select * from renamed
