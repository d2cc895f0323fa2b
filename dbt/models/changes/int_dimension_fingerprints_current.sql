{{ config(materialized='view') }}

{%- set contact = "concat_ws('|', is_unsubscribed, created_at, subscribed_at, 'in', country, 'zone', time_zone)" -%}

with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

email_names as (

    {{ union_of_email_models('email_names', ['campaign_key', 'campaign_name', 'email_id', 'variant']) }}

),

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

email_links as (

    {{ union_of_email_models('email_links', ['email_id', 'links']) }}

),

bitlinks as (

    select * from {{ ref('stg_bitly__bitlinks') }}

),

contacts as (

    select * from {{ ref('int_contacts') }}

),

open_evidence as (

    select * from {{ ref('int_open_evidence') }}

),

addresses as (

    select * from {{ source('pii', 'contacts') }}

),

email_names_by_campaign as (

    select
        campaign_key,
        {{ joined_text(
            "campaign_name || '=' || email_id || '/' || coalesce(variant, '')", '; ', 'campaign_name, email_id'
        ) }} as names
    from email_names
    group by campaign_key

),

unioned as (

    select
        'campaign' as kind,
        campaigns.campaign_key as name,
        concat_ws('|', campaigns.kind, {{ list_as_text('campaigns.tags') }}, email_names_by_campaign.names) as content
    from campaigns
    left join email_names_by_campaign on campaigns.campaign_key = email_names_by_campaign.campaign_key

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
        cast(links as string)
    from email_links

    union all

    select
        'bitlink',
        bitlink,
        long_url
    from bitlinks

    union all

    -- Whether opens of a campaign are reported, and say what made them, is decided by all of them.
    select
        'campaign_opens',
        campaign_key,
        source || '=' || cast(has_evidence as string) || cast(is_without_opens as string)
    from open_evidence

    union all

    select
        'contact ' || source,
        contact_key,
        -- Of each account that has the address.
        {{ joined_text(contact, '; ', contact) }}
    from contacts
    group by source, contact_key

    union all

    -- That an address is known, and with it the mailbox provider; not which.
    select
        'address',
        contact_key,
        'known'
    from addresses

    {%- for source, contract in event_contracts().items() if contract.repeated_hours != 'none' %}
    union all

    select
        'repeated_hour {{ source }}',
        cast(local_date as string),
        -- Of each account that has such an hour.
        cast(sum(first_seq_id) as string)
    from {{ ref(contract.repeated_hours.days) }}
    group by local_date
    {%- endfor %}

)

select * from unioned
