with

source as (

    select * from {{ source('bitly', 'link_clicks') }}

),

renamed as (

    select
        bitlink,
        coalesce({{ clean_text('clicked_bitlink') }}, bitlink) as clicked_bitlink,
        cast({{ plausible_time(instant_to_utc('date')) }} as date) as click_date,
        clicks,
        _extracted_at
    from {{ latest_per_key('source', ['bitlink', 'coalesce(clicked_bitlink, bitlink)', 'date']) }} as latest

)

select * from renamed
