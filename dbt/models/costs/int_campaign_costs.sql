with

costs as (

    select * from {{ source('bookkeeping', 'campaign_costs') }}
    -- What is booked ahead is not spent yet.
    where day <= cast({{ data_watermark() }} as date)

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

-- A campaign is named by its key, by its utm_campaign, or by its name, in this order.
named as (

    select distinct campaign
    from costs

),

candidates as (

    select
        named.campaign,
        campaigns.campaign_key,
        1 as precedence
    from named
    inner join campaigns on named.campaign = campaigns.campaign_key
    union all
    select
        named.campaign,
        slugs.campaign_key,
        2
    from named
    inner join slugs on named.campaign = slugs.campaign_slug
    union all
    select
        named.campaign,
        slugs.campaign_key,
        3
    from named
    inner join slugs on {{ slug('named.campaign') }} = slugs.campaign_slug

),

resolved as (

    select * from {{ latest_per_key('candidates', ['campaign'], 'precedence, campaign_key') }} as best

),

converted as (

    select
        coalesce(resolved.campaign_key, '(unknown campaign)') as campaign_key,
        costs.day,
        {{ converted_amount('costs.cost', 'rates.rate') }} as cost
    from costs
    left join resolved on costs.campaign = resolved.campaign
    left join rates on {{ is_rate_of('rates', 'costs.currency', 'costs.day') }}

)

select
    campaign_key,
    -- A part of the cost is none.
    cast(case when count(*) = count(cost) then sum(cost) end as decimal(38, 4)) as cost,
    count(*) as cost_rows,
    count(*) - count(cost) as unconverted_costs,
    min(day) as first_day,
    max(day) as last_day
from converted
group by campaign_key
