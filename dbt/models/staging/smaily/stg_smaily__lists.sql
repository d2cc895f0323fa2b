with

source as (

    select * from {{ source('smaily', 'lists') }}

),

renamed as (

    select
        try_cast(id as bigint) as list_id,
        {{ clean_text('name') }} as list_name,
        subscribers_count,
        _extracted_at
    from {{ latest_per_key('source', ['id']) }} as latest

)

select * from renamed
