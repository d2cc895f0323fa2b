with

source as (

    select * from {{ source('smaily', 'campaigns') }}

),

renamed as (

    select
        {{ account_number('id') }} as campaign_id,
        {{ clean_text('name') }} as campaign_name,
        {{ json_text('template', "'name'") }} as template_name,
        tags,
        {{ local_timestamp('created_at') }} as created_at_local,
        {{ to_utc(local_timestamp('created_at'), "'" ~ var('account_time_zone') ~ "'") }} as created_at,
        {{ local_timestamp('completed_at') }} as completed_at_local,
        {{ to_utc(local_timestamp('completed_at'), "'" ~ var('account_time_zone') ~ "'") }} as completed_at,
        upper(status) as status,
        _extracted_at
    from {{ latest_per_key('source', [account_of(), 'id']) }} as latest

)

select * from renamed
