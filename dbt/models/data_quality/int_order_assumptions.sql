with

orders as (

    select
        cast(source as string) as source,
        order_namespace,
        cast(occurred_at as date) as day,
        has_undeclared_status,
        exchange_rate_day < cast({{ plus_days('occurred_at', -var('exchange_rate_days')) }} as date) as is_rate_old
    from {{ ref('fct_macro_conversions') }}
    where is_order

)

select
    'undeclared_order_statuses' as indicator,
    source,
    order_namespace as stream,
    day,
    cast(sum(case when has_undeclared_status then 1 else 0 end) as double) as affected,
    cast(count(*) as double) as total,
    'orders' as unit
from orders
where has_undeclared_status is not null
group by source, order_namespace, day
union all
select
    'orders_converted_by_old_rates',
    source,
    order_namespace,
    day,
    cast(sum(case when is_rate_old then 1 else 0 end) as double),
    cast(count(*) as double),
    'orders'
from orders
where is_rate_old is not null
group by source, order_namespace, day
