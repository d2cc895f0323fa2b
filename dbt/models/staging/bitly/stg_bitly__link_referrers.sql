with

source as (

    select * from {{ source('bitly', 'link_referrers') }}

),

renamed as (

    select
        bitlink,
        value as referrer,
        clicks,
        _extracted_at
    from {{ latest_per_key('source', ['bitlink', 'value']) }} as latest

)

select * from renamed
