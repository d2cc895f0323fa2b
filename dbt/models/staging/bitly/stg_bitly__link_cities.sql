with

source as (

    select * from {{ source('bitly', 'link_cities') }}

),

renamed as (

    select
        bitlink,
        value as city,
        nullif(subregion, '') as subregion,
        nullif(region, '') as region,
        nullif(country, '') as country,
        clicks,
        _extracted_at
    from {{ latest_per_key('source', ['bitlink', 'value', 'subregion', 'region', 'country']) }} as latest

)

select * from renamed
