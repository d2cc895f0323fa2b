with

estimates as (

    select * from {{ ref('int_attribution_estimates') }}

),

totals as (

    select
        dimension,
        cast(sum(conversions) as bigint) as total_conversions,
        cast(sum(touched_conversions) as bigint) as touched_conversions,
        cast(sum(open_journeys) as bigint) as open_journeys,
        -- Unknown where there are orders and none of them could be converted.
        case when sum(orders) > 0 and sum(unconverted_orders) = sum(orders) then null else {{ exact_sum('revenue') }} end
            as total_revenue,
        cast(sum(unconverted_orders) as bigint) as unconverted_orders
    from {{ ref('int_attribution_totals') }}
    group by dimension

)

select
    estimates.dimension,
    estimates.model,
    estimates.touch,
    estimates.conversions,
    estimates.conversions_lower,
    estimates.conversions_upper,
    estimates.conversions / cast(totals.total_conversions as double) as share,
    case when totals.total_revenue is not null then estimates.revenue end as revenue,
    case when totals.total_revenue is not null then estimates.revenue_lower end as revenue_lower,
    case when totals.total_revenue is not null then estimates.revenue_upper end as revenue_upper,
    totals.total_conversions,
    totals.touched_conversions,
    totals.open_journeys,
    totals.total_revenue,
    totals.unconverted_orders
from estimates
inner join totals on estimates.dimension = totals.dimension
where totals.total_conversions > 0
