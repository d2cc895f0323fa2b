with

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

reported_refunds as (

    select * from {{ ref('fct_refunds') }}

),

costs as (

    select * from {{ ref('int_converted_costs') }}

),

orders as (

    select
        macro_conversion_id,
        currency,
        cast(source as string) as source,
        order_namespace,
        cast(occurred_at as date) as day,
        has_undeclared_status,
        {{ is_source_of_feeds('cast(source as string)') }} as is_of_feed,
        {{ is_day_without_time('occurred_at') }} as is_without_time,
        exchange_rate_day < cast({{ plus_days('occurred_at', -var('exchange_rate_days')) }} as date) as is_rate_old
    from {{ ref('fct_macro_conversions') }}
    where is_order

),

-- A refund in the order's currency is converted as the order was, whenever it is made.
refunds as (

    select
        cast(reported_refunds.source as string) as source,
        coalesce(reported_refunds.order_namespace, 'all') as order_namespace,
        cast(reported_refunds.occurred_at as date) as day,
        case
            when reported_refunds.currency = orders.currency then orders.is_rate_old
            else rates.rate_day < cast({{ plus_days('reported_refunds.occurred_at', -var('exchange_rate_days')) }} as date)
        end as is_rate_old
    from reported_refunds
    left join orders on reported_refunds.macro_conversion_id = orders.macro_conversion_id
    left join rates
        on {{ is_rate_of('rates', 'reported_refunds.currency', 'cast(reported_refunds.occurred_at as date)') }}

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
union all
select
    'orders_without_time',
    source,
    order_namespace,
    day,
    cast(sum(case when is_without_time then 1 else 0 end) as double),
    cast(count(*) as double),
    'orders'
from orders
where is_of_feed
group by source, order_namespace, day
union all
select
    'refunds_converted_by_old_rates',
    source,
    order_namespace,
    day,
    cast(sum(case when is_rate_old then 1 else 0 end) as double),
    cast(count(*) as double),
    'refunds'
from refunds
where is_rate_old is not null
group by source, order_namespace, day
union all
select
    'costs_converted_by_old_rates',
    'all',
    'all',
    day,
    cast(sum(case when is_rate_old then 1 else 0 end) as double),
    cast(count(*) as double),
    'costs'
from costs
where is_rate_old is not null
group by day
