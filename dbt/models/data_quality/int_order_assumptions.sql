with

reported_orders as (

    select * from {{ ref('int_orders') }}

),

order_totals as (

    select * from {{ ref('int_order_totals') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

)

select
    'undeclared_order_statuses' as indicator,
    cast(source as string) as source,
    order_namespace as stream,
    cast(occurred_at as date) as day,
    cast(sum(case when is_status_declared then 0 else 1 end) as double) as affected,
    cast(count(*) as double) as total,
    'orders' as unit
from reported_orders
where is_status_declared is not null
group by cast(source as string), order_namespace, cast(occurred_at as date)
union all
select
    'orders_converted_by_old_rates',
    cast(macro_conversions.source as string),
    macro_conversions.order_namespace,
    cast(macro_conversions.occurred_at as date),
    cast(sum(case when order_totals.is_rate_old then 1 else 0 end) as double),
    cast(count(*) as double),
    'orders'
from macro_conversions
inner join order_totals on macro_conversions.macro_conversion_id = order_totals.matched_order_key
where order_totals.converted_revenue is not null and order_totals.currency <> '{{ var("reporting_currency") }}'
group by
    cast(macro_conversions.source as string), macro_conversions.order_namespace,
    cast(macro_conversions.occurred_at as date)
