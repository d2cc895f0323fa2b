with

source as (

    select * from {{ source('smaily', 'automations') }}

),

renamed as (

    select
        {{ account_number('id') }} as campaign_id,
        {{ clean_text('name') }} as campaign_name,
        upper(status) as status,
        sections,
        tags,
        {{ local_timestamp('created_at') }} as created_at_local,
        {{ to_utc(local_timestamp('created_at'), "'" ~ var('account_time_zone') ~ "'") }} as created_at,
        {{ local_timestamp('activated_at') }} as activated_at_local,
        {{ to_utc(local_timestamp('activated_at'), "'" ~ var('account_time_zone') ~ "'") }} as activated_at,
        _extracted_at
    from {{ latest_per_key('source', [account_of(), 'id']) }} as latest

)

select * from renamed
