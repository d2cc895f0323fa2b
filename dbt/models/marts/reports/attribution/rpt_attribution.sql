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
        sum(revenue) as total_revenue,
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
    estimates.revenue,
    estimates.revenue_lower,
    estimates.revenue_upper,
    totals.total_conversions,
    totals.touched_conversions,
    totals.open_journeys,
    totals.total_revenue,
    totals.unconverted_orders
from estimates
inner join totals on estimates.dimension = totals.dimension
where totals.total_conversions > 0
