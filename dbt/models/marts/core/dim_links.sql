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

-- A short link that an e-mail carries is described by Bitly in more detail.
e_mail_links as (

    select
        {{ link_key('null', 'clicked.campaign_key', 'clicked.url') }} as link_key,
        cast(null as string) as bitlink,
        clicked.url as long_url,
        clicked.campaign_key,
        cast(null as string) as title,
        cast(null as string) as tags,
        clicked.source,
        clicked.first_clicked_at as created_at
    from clicked
    left join bitlinks on split_part(clicked.url, '://', 2) = bitlinks.bitlink
    where bitlinks.bitlink is null

),

short_links as (

    select
        bitlinks.bitlink as link_key,
        bitlinks.bitlink,
        bitlinks.long_url,
        {{ joined_campaign() }} as campaign_key,
        bitlinks.title,
        {{ list_as_text('bitlinks.tags') }} as tags,
        'bitly' as source,
        bitlinks.created_at
    from bitlinks
    {{ join_campaign(url_parameter('bitlinks.long_url', 'utm_campaign')) }}

),

links as (

    select * from e_mail_links
    union all
    select * from short_links

)

select
    link_key,
    bitlink,
    long_url,
    campaign_key,
    {{ url_parameter('long_url', 'utm_source') }} as utm_source,
    {{ url_parameter('long_url', 'utm_medium') }} as utm_medium,
    {{ url_parameter('long_url', 'utm_campaign') }} as utm_campaign,
    {{ url_parameter('long_url', 'utm_content') }} as utm_content,
    {{ url_parameter('long_url', 'utm_term') }} as utm_term,
    title,
    tags,
    source,
    created_at
from links
