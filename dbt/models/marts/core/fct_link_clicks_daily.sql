with

clicks as (

    select * from {{ ref('stg_bitly__link_clicks') }}

),

links as (

    select * from {{ ref('dim_links') }}

),

-- Bitly counts a custom back-half apart from its hash link; the link's clicks are both.
daily as (

    select
        bitlink,
        click_date,
        sum(clicks) as clicks,
        sum(case when clicked_bitlink <> bitlink then clicks else 0 end) as custom_back_half_clicks
    from clicks
    where click_date is not null
    group by bitlink, click_date

),

described as (

    select
        daily.bitlink as link_key,
        daily.click_date,
        links.campaign_key,
        cast(daily.clicks as bigint) as clicks,
        cast(daily.custom_back_half_clicks as bigint) as custom_back_half_clicks
    from daily
    left join links on daily.bitlink = links.link_key

)

select * from described
