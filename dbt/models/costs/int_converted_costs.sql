{%- set spellings = ['named.campaign', slug('named.campaign'), 'named.campaign_name', slug('named.campaign_name')] -%}
{%- set known_until = 'cast(' ~ data_watermark() ~ ' as date)' -%}
with

-- What is booked ahead is not spent yet.
file_costs as (

    select * from {{ source('bookkeeping', 'campaign_costs') }}
    where day <= {{ known_until }}

),

vendor_costs as (

    {{ union_of_email_models('campaign_costs', ['campaign', 'campaign_name', 'day', 'cost', 'currency']) }}

),

-- A vendor says what was spent, also since the last event and where there are no events.
costs as (

    select
        campaign,
        campaign as campaign_name,
        day,
        cost,
        currency
    from file_costs
    union all
    select
        campaign,
        coalesce(campaign_name, campaign),
        least(day, coalesce({{ known_until }}, day)),
        cost,
        currency
    from vendor_costs

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- A campaign is named by its key, by its utm_campaign, or by its name, in this order; then by the name that a vendor adds.
named as (

    select distinct
        campaign,
        campaign_name
    from costs

),

candidates as (

    select
        named.campaign,
        named.campaign_name,
        campaigns.campaign_key,
        1 as precedence
    from named
    inner join campaigns on named.campaign = campaigns.campaign_key
    {%- for spelling in spellings %}
    union all
    select
        named.campaign,
        named.campaign_name,
        slugs.campaign_key,
        {{ loop.index + 1 }}
    from named
    inner join slugs on {{ spelling }} = slugs.campaign_slug
    {%- endfor %}

),

resolved as (

    select * from {{ latest_per_key('candidates', ['campaign', 'campaign_name'], 'precedence, campaign_key') }} as best

)

select
    coalesce(resolved.campaign_key, '(unknown campaign)') as campaign_key,
    costs.day,
    {{ converted_amount('costs.cost', 'rates.rate') }} as cost,
    rates.rate_day < cast({{ plus_days('costs.day', -var('exchange_rate_days')) }} as date) as is_rate_old
from costs
left join resolved on costs.campaign = resolved.campaign and costs.campaign_name = resolved.campaign_name
left join rates on {{ is_rate_of('rates', 'costs.currency', 'costs.day') }}
