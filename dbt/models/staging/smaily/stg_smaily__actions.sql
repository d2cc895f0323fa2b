with

source as (

    select * from {{ source('smaily', 'actions') }}

),

renamed as (

    select
        seq_id,
        contact_key,
        {{ local_timestamp('time') }} as occurred_at_local,
        {{ to_utc(local_timestamp('time'), "'" ~ var('account_time_zone') ~ "'") }} as occurred_at,
        coalesce(
            {{ is_ambiguous_local_time(local_timestamp('time'), "'" ~ var('account_time_zone') ~ "'") }}, false
        ) as is_local_time_ambiguous,
        try_cast(campaign_id as bigint) as campaign_id,
        {{ clean_text('campaign_name') }} as campaign_name,
        lower(action) as action,
        {{ clean_text('value') }} as value,
        {{ event_partition('smaily', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at
    from source
    where {{ local_timestamp('time') }} is not null

)

select * from renamed
