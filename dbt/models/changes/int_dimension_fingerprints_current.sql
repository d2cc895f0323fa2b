{{ config(materialized='view') }}

with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

variants as (

    select * from {{ ref('int_email_variants') }}

),

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

email_links as (

    select * from {{ ref('int_email_links') }}

),

bitlinks as (

    select * from {{ ref('stg_bitly__bitlinks') }}

),

contacts as (

    select * from {{ ref('stg_smaily__contacts') }}

),

addresses as (

    select * from {{ source('pii', 'contacts') }}

),

repeated_hours as (

    select * from {{ ref('stg_smaily__repeated_hours') }}

),

variant_names as (

    select
        campaign_key,
        {{ joined_text(
            "campaign_name || '=' || email_id || '/' || coalesce(variant, '')", '; ', 'campaign_name, email_id'
        ) }} as names
    from variants
    group by campaign_key

),

united as (

    select
        'campaign' as kind,
        campaigns.campaign_key as name,
        concat_ws('|', campaigns.kind, {{ list_as_text('campaigns.tags') }}, variant_names.names) as content
    from campaigns
    left join variant_names on campaigns.campaign_key = variant_names.campaign_key

    union all

    select
        'campaign_slug',
        campaign_slug,
        campaign_key
    from slugs

    union all

    select
        'email',
        email_id,
        cast(links as varchar)
    from email_links

    union all

    select
        'bitlink',
        bitlink,
        long_url
    from bitlinks

    union all

    select
        'contact',
        contact_key,
        concat_ws('|', is_unsubscribed, created_at, subscribed_at, 'in', country, 'zone', time_zone)
    from contacts

    union all

    -- That an address is known, and with it the mailbox provider; not which.
    select
        'address',
        contact_key,
        'known'
    from addresses

    union all

    select
        'second_pass',
        cast(local_date as varchar),
        cast(first_seq_id as varchar)
    from repeated_hours

)

select * from united
