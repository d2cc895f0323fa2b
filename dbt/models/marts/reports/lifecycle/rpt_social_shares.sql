{#- A referrer as Bitly names it, as the sites of seed channel_sites are written. -#}
{%- set site = "replace(split_part(split_part(lower(referrers.referrer), '://', 2), '/', 1), 'www.', '')" -%}
with

links as (

    select * from {{ ref('dim_links') }}
    where bitlink is not null

),

daily_clicks as (

    select * from {{ ref('fct_link_clicks_daily') }}

),

referrers as (

    select * from {{ ref('stg_bitly__link_referrers') }}

),

social_sites as (

    select site from {{ ref('channel_sites') }}
    where category = 'social'

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

known_until as (

    select max(click_date) as last_click_on
    from daily_clicks

),

clicks_by_link as (

    select
        daily_clicks.link_key,
        sum(daily_clicks.clicks) as clicks,
        sum(case when daily_clicks.click_date > {{ plus_days('known_until.last_click_on', -7) }} then daily_clicks.clicks else 0 end)
            as clicks_last_7_days,
        -- A day without clicks may have a row or none.
        min(case when daily_clicks.clicks > 0 then daily_clicks.click_date end) as first_click_on,
        max(case when daily_clicks.clicks > 0 then daily_clicks.click_date end) as last_click_on
    from daily_clicks
    cross join known_until
    group by daily_clicks.link_key

),

referrers_by_link as (

    select
        referrers.bitlink,
        sum(referrers.clicks) as referred_clicks,
        sum(case when social_sites.site is not null then referrers.clicks else 0 end) as social_clicks
    from referrers
    left join social_sites
        on social_sites.site = coalesce(nullif({{ site }}, ''), lower(referrers.referrer))
    group by referrers.bitlink

),

-- Acts in e-mails have a known person; clicks on the link may come from any visitor.
shares as (

    select
        micro_conversions.campaign_key,
        count(*) as share_clicks
    from micro_conversions
    inner join lineage
        on
            micro_conversions.micro_conversion = lineage.micro_conversion
            and lineage.counts_as = 'social_share_click'
    where micro_conversions.campaign_key is not null
    group by micro_conversions.campaign_key

),

share_links as (

    select
        links.link_key,
        links.campaign_key,
        links.title,
        links.utm_source as network,
        links.utm_content = 'social_share' as is_share_link,
        coalesce(clicks_by_link.clicks, 0) as clicks,
        coalesce(clicks_by_link.clicks_last_7_days, 0) as clicks_last_7_days,
        clicks_by_link.first_click_on,
        clicks_by_link.last_click_on,
        referrers_by_link.referred_clicks,
        referrers_by_link.social_clicks,
        shares.share_clicks
    from links
    left join clicks_by_link on links.link_key = clicks_by_link.link_key
    left join referrers_by_link on links.bitlink = referrers_by_link.bitlink
    left join shares on links.campaign_key = shares.campaign_key
    where
        links.utm_content = 'social_share' or lower(links.utm_medium) = 'social'
        or referrers_by_link.social_clicks > 0

)

select
    link_key,
    'measured' as status,
    cast(null as string) as reason,
    campaign_key,
    title,
    network,
    coalesce(is_share_link, false) as is_share_link,
    cast(clicks as bigint) as clicks,
    cast(clicks_last_7_days as bigint) as clicks_last_7_days,
    first_click_on,
    last_click_on,
    cast(referred_clicks as bigint) as referred_clicks,
    cast(social_clicks as bigint) as social_clicks,
    social_clicks / cast(nullif(referred_clicks, 0) as double) as social_share,
    cast(share_clicks as bigint) as campaign_share_clicks,
    case when is_share_link then clicks / cast(nullif(share_clicks, 0) as double) end as clicks_per_share,
    'counts of a link service, which knows no persons: no interval, as clicks of one visitor are not distinguished' as method
from share_links
union all
select
    '(none)',
    'not observable',
    case
        when not exists (select 1 from links) then 'No source reports clicks on short links.'
        else 'No short link is made for sharing (utm_content social_share or utm_medium social), and none is clicked on social sites.'
    end,
    null,
    null,
    null,
    false,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    'counts of a link service, which knows no persons: no interval, as clicks of one visitor are not distinguished'
where not exists (select 1 from share_links)
