with

source as (

    select * from {{ source('smaily', 'workflows') }}

),

renamed as (

    select
        {{ account_number('id') }} as campaign_id,
        {{ clean_text('trigger_type') }} as trigger_type,
        {{ clean_text('title') }} as campaign_name,
        lower(cast(is_enabled as string)) in ('1', 'true') as is_enabled,
        _extracted_at
    from {{ latest_per_key('source', [account_of(), 'id']) }} as latest

)

select * from renamed
