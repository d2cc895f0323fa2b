with

source as (

    select * from {{ source('hubspot', 'campaign_spend') }}

),

sent_emails as (

    select * from {{ source('hubspot', 'email_campaigns') }}

),

campaigns as (

    select
        {{ account_of() }} as account,
        {{ account_prefix() }} || campaign_id as marketing_campaign,
        coalesce({{ clean_text('campaign_slug') }}, {{ clean_text('campaign_name') }}, campaign_id) as campaign,
        {{ clean_text('campaign_name') }} as name,
        upper(
            coalesce(
                {{ clean_text('currency_code') }}, {{ clean_text('campaign_currency') }}, {{ clean_text('home_currency') }},
                'no currency'
            )
        ) as currency,
        {{ hubspot_amount('spend_total') }} as spend_total,
        coalesce({{ occurrences('spend_items', '"createdAt"') }}, 0) as item_count,
        spend_items,
        email_ids,
        _extracted_at,
        cast({{ instant_to_utc('_extracted_at') }} as date) as extracted_on
    from {{ latest_per_key('source', [account_of(), 'campaign_id']) }} as latest

),

items as (

    select
        campaigns.marketing_campaign,
        {{ hubspot_amount(json_path_text('campaigns.spend_items', "'$[' || positions.position || '].amount'")) }} as cost,
        cast({{ hubspot_time(json_path_text('campaigns.spend_items', "'$[' || positions.position || '].createdAt'")) }} as date)
            as day
    from campaigns
    {{ join_positions('campaigns', 'campaigns.item_count') }}

),

item_totals as (

    select
        marketing_campaign,
        count(case when cost is not null and day is not null then 1 end) as dated_items,
        sum(cast(cost as decimal(38, 4))) as cost,
        min(cost) as lowest_cost,
        max(day) as last_day
    from items
    group by marketing_campaign

),

-- Where the items do not add up to the total, or one was taken back, only the total is known to have been spent.
spent as (

    select
        campaigns.*,
        item_totals.last_day,
        coalesce(
            campaigns.item_count = item_totals.dated_items and item_totals.lowest_cost >= 0
            and coalesce(campaigns.spend_total = item_totals.cost, true),
            false
        ) as has_days
    from campaigns
    left join item_totals on campaigns.marketing_campaign = item_totals.marketing_campaign

),

-- A total of 0 without an item says that nothing was entered.
days as (

    select
        spent.marketing_campaign,
        items.day,
        items.cost
    from spent
    inner join items on spent.marketing_campaign = items.marketing_campaign
    where spent.has_days
    union all
    select
        marketing_campaign,
        coalesce(last_day, extracted_on),
        spend_total
    from spent
    where has_days = false and (spend_total > 0 or (spend_total = 0 and item_count > 0))

),

daily_costs as (

    select
        marketing_campaign,
        day,
        sum(cast(cost as decimal(38, 4))) as cost
    from days
    group by marketing_campaign, day

),

emails as (

    select
        {{ account_of() }} as account,
        'hubspot-' || {{ account_prefix() }} || id as campaign_key,
        {{ clean_text('content_id') }} as content_id,
        greatest(coalesce(sent_count, 0), 0) as sent
    from {{ latest_per_key('sent_emails', [account_of(), 'id'], '_extracted_at desc, sent_count desc nulls last, app_id') }} as latest

),

campaign_emails as (

    select
        campaigns.marketing_campaign,
        emails.campaign_key,
        emails.sent
    from campaigns
    inner join emails
        on
            campaigns.account = emails.account
            and ',' || campaigns.email_ids || ',' like '%,' || emails.content_id || ',%'

),

campaigns_with_emails as (

    select distinct marketing_campaign
    from campaign_emails

),

-- E-mails of which none is known to have been sent bear the same.
weighed_emails as (

    select
        marketing_campaign,
        campaign_key,
        case when sum(sent) over (partition by marketing_campaign) > 0 then sent else 1 end as weight
    from campaign_emails

),

shares as (

    select
        marketing_campaign,
        campaign_key,
        weight,
        sum(weight) over (
            partition by marketing_campaign order by campaign_key rows between unbounded preceding and current row
        ) as weight_so_far,
        sum(weight) over (partition by marketing_campaign) as all_weight
    from weighed_emails

),

-- Each share is the difference of two rounded parts, so that the shares add up to the cost.
parted as (

    select
        shares.campaign_key,
        daily_costs.day,
        campaigns.currency,
        case
            when shares.weight_so_far = shares.all_weight then daily_costs.cost
            else {{ part_of('daily_costs.cost', 'shares.weight_so_far', 'shares.all_weight') }}
        end
        - {{ part_of('daily_costs.cost', 'shares.weight_so_far - shares.weight', 'shares.all_weight') }} as cost
    from daily_costs
    inner join campaigns on daily_costs.marketing_campaign = campaigns.marketing_campaign
    inner join shares on daily_costs.marketing_campaign = shares.marketing_campaign

)

select
    campaign_key as campaign,
    cast(null as string) as campaign_name,
    day,
    cast(cost as decimal(18, 4)) as cost,
    currency
from parted
union all
select
    campaigns.campaign,
    campaigns.name,
    daily_costs.day,
    cast(daily_costs.cost as decimal(18, 4)),
    campaigns.currency
from daily_costs
inner join campaigns on daily_costs.marketing_campaign = campaigns.marketing_campaign
left join campaigns_with_emails on daily_costs.marketing_campaign = campaigns_with_emails.marketing_campaign
where campaigns_with_emails.marketing_campaign is null
