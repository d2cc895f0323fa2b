with

source as (

    select * from {{ source('bitly', 'link_cities') }}

),

renamed as (

    select
        bitlink,
        value as city,
        clicks,
        _extracted_at
    from {{ latest_per_key('source', ['bitlink', 'value']) }} as latest

)

select * from renamed
