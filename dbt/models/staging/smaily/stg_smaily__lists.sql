with

source as (

    select * from {{ source('smaily', 'lists') }}

),

renamed as (

    select
        {{ account_number('id') }} as list_id,
        {{ clean_text('name') }} as list_name,
        subscribers_count,
        _extracted_at
    from {{ latest_per_key('source', [account_of(), 'id']) }} as latest

)

select * from renamed
