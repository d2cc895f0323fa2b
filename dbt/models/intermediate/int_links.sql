{{ config(materialized='view') }}

with

clicked_links as (

    select * from {{ ref('int_clicked_links') }}

),

bitlinks as (

    select * from {{ ref('stg_bitly__bitlinks') }}

),

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

clicked as (

    select
        campaign_key,
        url,
        min(source) as source,
        min(first_clicked_at) as first_clicked_at
    from clicked_links
    group by campaign_key, url

),

-- An e-mail's link may be a short link; then both are one link.
e_mail_links as (

    select
        {{ link_key('bitlinks.bitlink', 'clicked.campaign_key', 'clicked.url') }} as link_key,
        clicked.source,
        bitlinks.bitlink,
        coalesce(bitlinks.long_url, clicked.url) as long_url,
        clicked.url,
        clicked.campaign_key,
        bitlinks.title,
        bitlinks.tags,
        clicked.first_clicked_at as created_at
    from clicked
    left join bitlinks on split_part(clicked.url, '://', 2) = bitlinks.bitlink

),

short_links as (

    select
        bitlinks.bitlink as link_key,
        'bitly' as source,
        bitlinks.bitlink,
        bitlinks.long_url,
        bitlinks.short_url as url,
        slugs.campaign_key,
        bitlinks.title,
        bitlinks.tags,
        bitlinks.created_at
    from bitlinks
    left join slugs on {{ url_parameter('bitlinks.long_url', 'utm_campaign') }} = slugs.campaign_slug

),

united as (

    select * from e_mail_links
    union all
    select * from short_links

)

select * from united
