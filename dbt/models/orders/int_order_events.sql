with

reports as (

    select * from {{ ref('int_order_reports') }}

),

orders as (

    select * from {{ ref('int_matched_orders') }}

),

-- A shop that voids an order voids what any tag reported of it.
voided as (

    select
        matched_order_key,
        max(case when is_voided then 1 else 0 end) = 1 as is_voided
    from orders
    group by matched_order_key

)

-- A refund without an order id has none: its own key is the key of no order.
select
    reports.event_id,
    orders.matched_order_key,
    coalesce(voided.is_voided, false) as is_voided,
    reports.is_refund
from reports
left join orders
    on {{ order_key('reports.order_namespace', 'reports.order_id', 'reports.event_id') }} = orders.order_key
left join voided on orders.matched_order_key = voided.matched_order_key
