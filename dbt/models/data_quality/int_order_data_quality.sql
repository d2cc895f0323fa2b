with

totals as (

    select * from {{ source('bookkeeping', 'order_totals') }}

),

feeds as (

    select * from {{ ref('stg_event_files__feeds') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

periods as (

    select
        totals.feed,
        min(coalesce(feeds.order_namespace, totals.feed)) as order_namespace,
        min(totals.time_zone) as time_zone,
        min(totals.day) as first_day,
        max(totals.day) as last_day
    from totals
    left join feeds on totals.feed = feeds.feed
    group by totals.feed

),

orders as (

    select
        periods.feed,
        periods.first_day,
        periods.last_day,
        macro_conversions.currency,
        macro_conversions.revenue,
        cast({{ from_utc('macro_conversions.occurred_at', 'periods.time_zone') }} as date) as day
    from macro_conversions
    inner join periods
        on position(
            ', ' || periods.order_namespace || ', ' in ', ' || macro_conversions.order_namespaces || ', '
        ) > 0
    where macro_conversions.is_order

),

loaded as (

    select
        feed,
        day,
        coalesce(currency, 'no currency') as currency,
        count(*) as orders,
        coalesce(sum(revenue), 0) as revenue
    from orders
    where day between first_day and last_day
    group by feed, day, coalesce(currency, 'no currency')

),

compared as (

    select
        coalesce(totals.feed, loaded.feed) as feed,
        coalesce(totals.day, loaded.day) as day,
        coalesce(totals.currency, loaded.currency) as currency,
        coalesce(totals.orders, 0) as total_orders,
        coalesce(loaded.orders, 0) as loaded_orders,
        coalesce(totals.revenue, 0) as total_revenue,
        coalesce(loaded.revenue, 0) as loaded_revenue
    from totals
    full outer join loaded
        on totals.feed = loaded.feed and totals.day = loaded.day and totals.currency = loaded.currency

),

-- Deals that may be orders which another system reports, too.
deals as (

    select * from macro_conversions
    where is_order and person_key is not null and {{ reports_orders_as('crm', 'cast(source as string)') }}

),

suspected as (

    select
        deals.order_namespace,
        cast(deals.occurred_at as date) as day,
        count(distinct deals.macro_conversion_id) as deals,
        count(distinct case when others.macro_conversion_id is not null then deals.macro_conversion_id end) as suspected
    from deals
    left join macro_conversions as others
        on
            deals.person_key = others.person_key
            and deals.revenue = others.revenue
            and deals.currency = others.currency
            and deals.order_namespace <> others.order_namespace
            and others.is_order
            and others.occurred_at between {{ plus_days('deals.occurred_at', -1 * var('duplicate_deal_days')) }}
            and {{ plus_days('deals.occurred_at', var('duplicate_deal_days')) }}
    group by deals.order_namespace, cast(deals.occurred_at as date)

),

by_day as (

    select
        feed,
        day,
        sum(total_orders) as total_orders,
        sum(loaded_orders) as loaded_orders,
        sum(abs(total_orders - loaded_orders)) as orders_off_total
    from compared
    group by feed, day

)

select
    'unreconciled_revenue' as indicator,
    'event_files' as source,
    feed as stream,
    day,
    cast(abs(total_revenue - loaded_revenue) as double) as affected,
    cast(greatest(total_revenue, loaded_revenue) as double) as total,
    currency as unit
from compared
union all
select
    'unreconciled_orders',
    'event_files',
    feed,
    day,
    cast(orders_off_total as double),
    cast(greatest(total_orders, loaded_orders, orders_off_total) as double),
    'orders'
from by_day
union all
select
    'suspected_duplicate_orders',
    order_namespace,
    'deals',
    day,
    cast(suspected as double),
    cast(deals as double),
    'orders'
from suspected
