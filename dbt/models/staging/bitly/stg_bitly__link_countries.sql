with

source as (

    select * from {{ source('bitly', 'link_countries') }}

),

renamed as (

    select
        bitlink,
        value as country,
        clicks,
        _extracted_at
    from {{ latest_per_key('source', ['bitlink', 'value']) }} as latest

)

select * from renamed
