{%- set unknown = '(unknown campaign)' -%}
with

attribution as (

    select * from {{ ref('rpt_attribution') }}
    where dimension = 'campaign'

),

holdouts as (

    select * from {{ ref('int_holdout_returns') }}

),

costs as (

    select * from {{ ref('int_campaign_costs') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

sends as (

    select
        campaign_key,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at
    from {{ ref('fct_email_sends') }}
    group by campaign_key

),

-- Without any conversion attribution has no rows, and campaigns have no credit in any model.
models as (

    select
        model,
        max(case when touch = '(other)' then 1 else 0 end) = 1 as has_others,
        max(unconverted_orders) as unconverted_orders
    from attribution
    group by model
    union all
    select
        'last',
        false,
        0
    where (select count(*) from attribution) = 0

),

shown_campaigns as (

    select campaign_key
    from costs
    union
    select campaigns.campaign_key
    from attribution
    inner join campaigns on attribution.touch = campaigns.campaign_key

),

-- A campaign without a row has no credit, unless the model has the rarer ones as one.
attributed as (

    select
        shown_campaigns.campaign_key,
        'attributed' as method,
        models.model,
        cast(null as string) as experiment,
        coalesce(attribution.conversions, case when models.has_others = false then 0 end) as conversions,
        cast(null as bigint) as persons,
        case when attribution.touch is not null then attribution.revenue when models.has_others = false then 0 end as revenue,
        models.unconverted_orders,
        attribution.revenue_lower,
        attribution.revenue_upper,
        coalesce(
            {{ plus_days('sends.last_sent_at', var('attribution_lookback_days')) }}
            <= {{ outcome_watermark('macro_conversion') }},
            false
        ) and {{ is_after_begin('sends.first_sent_at', outcome_known_from('macro_conversion')) }} as is_mature
    from shown_campaigns
    cross join models
    left join attribution
        on shown_campaigns.campaign_key = attribution.touch and models.model = attribution.model
    left join sends on shown_campaigns.campaign_key = sends.campaign_key
    where shown_campaigns.campaign_key <> '{{ unknown }}'

),

incremental as (

    select
        campaign_key,
        'incremental' as method,
        'holdout' as model,
        experiment,
        cast(null as double) as conversions,
        persons,
        case when is_valid then revenue end as revenue,
        unconverted_orders,
        case when is_valid then revenue_lower end as revenue_lower,
        case when is_valid then revenue_upper end as revenue_upper,
        is_mature
    from holdouts

),

-- What was spent on no known campaign has no return.
unmatched as (

    select
        campaign_key,
        'none' as method,
        'none' as model,
        cast(null as string) as experiment,
        cast(null as double) as conversions,
        cast(null as bigint) as persons,
        cast(null as double) as revenue,
        cast(null as bigint) as unconverted_orders,
        cast(null as double) as revenue_lower,
        cast(null as double) as revenue_upper,
        false as is_mature
    from costs
    where campaign_key = '{{ unknown }}'

),

returns as (

    select * from attributed
    union all
    select * from incremental
    union all
    select * from unmatched

),

returns_with_cost as (

    select
        returns.*,
        costs.cost,
        nullif(cast(costs.cost as double), 0) as divisor,
        coalesce(costs.cost_rows, 0) as cost_rows,
        coalesce(costs.unconverted_costs, 0) as unconverted_costs,
        costs.first_day,
        costs.last_day
    from returns
    left join costs on returns.campaign_key = costs.campaign_key

)

select
    returns_with_cost.campaign_key,
    campaigns.name as campaign_name,
    campaigns.kind as campaign_kind,
    returns_with_cost.method,
    returns_with_cost.model,
    returns_with_cost.experiment,
    returns_with_cost.cost,
    '{{ var("reporting_currency") }}' as currency,
    cast(returns_with_cost.cost_rows as bigint) as cost_rows,
    cast(returns_with_cost.unconverted_costs as bigint) as unconverted_costs,
    returns_with_cost.first_day as first_cost_day,
    returns_with_cost.last_day as last_cost_day,
    returns_with_cost.conversions,
    case when returns_with_cost.conversions > 0 then cast(returns_with_cost.cost as double) / returns_with_cost.conversions end
        as cost_per_conversion,
    returns_with_cost.persons,
    returns_with_cost.revenue,
    cast(returns_with_cost.unconverted_orders as bigint) as unconverted_orders,
    returns_with_cost.revenue_lower,
    returns_with_cost.revenue_upper,
    returns_with_cost.revenue / returns_with_cost.divisor as return_per_unit,
    returns_with_cost.revenue_lower / returns_with_cost.divisor as return_per_unit_lower,
    returns_with_cost.revenue_upper / returns_with_cost.divisor as return_per_unit_upper,
    returns_with_cost.is_mature,
    case
        when returns_with_cost.campaign_key = '{{ unknown }}' then 'unknown campaign'
        when returns_with_cost.unconverted_costs > 0 then 'cost without exchange rate'
        when returns_with_cost.cost is null then 'cost unknown'
        when returns_with_cost.revenue is null then 'no valid estimate'
        -- Too young, without any spread, or a split in which a touch may have negative credit: nothing to judge by.
        when not returns_with_cost.is_mature or returns_with_cost.model = 'shapley_coalitions' then 'unclear'
        when returns_with_cost.revenue_lower >= returns_with_cost.revenue_upper then 'unclear'
        when returns_with_cost.revenue_lower > returns_with_cost.divisor then 'returns more than its cost'
        when returns_with_cost.revenue_upper < returns_with_cost.divisor then 'returns less than its cost'
        else 'unclear'
    end as verdict
from returns_with_cost
left join campaigns on returns_with_cost.campaign_key = campaigns.campaign_key
