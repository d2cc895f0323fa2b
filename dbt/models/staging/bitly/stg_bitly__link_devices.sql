with

source as (

    select * from {{ source('bitly', 'link_devices') }}

),

renamed as (

    select
        bitlink,
        value as device_type,
        clicks,
        _extracted_at
    from {{ latest_per_key('source', ['bitlink', 'value']) }} as latest

)

select * from renamed
