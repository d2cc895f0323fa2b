with

links as (

    select * from {{ ref('int_links') }}

),

-- A short link that an e-mail carries stands twice in the list: what Bitly says of it comes first.
merged as (

    select * from {{ latest_per_key('links', ['link_key'], "case when source = 'bitly' then 0 else 1 end, campaign_key") }}
        as first_telling

),

described as (

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
        {{ list_as_text('tags') }} as tags,
        source,
        created_at
    from merged

)

select * from described
