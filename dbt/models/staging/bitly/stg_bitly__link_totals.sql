with

source as (

    select * from {{ source('bitly', 'link_totals') }}

),

renamed as (

    select
        bitlink,
        total_clicks,
        {{ plausible_time(instant_to_utc('unit_reference')) }} as counted_until,
        _extracted_at
    from {{ latest_per_key('source', ['bitlink']) }} as latest

)

select * from renamed
