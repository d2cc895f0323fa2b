with

orders as (

    select * from {{ ref('int_matched_orders') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- The shop's own amount counts, then its copy in a CRM, of several shops' the largest: a tag often has it net of tax.
ranked as (

    select
        *,
        row_number() over (
            partition by matched_order_key
            order by
                case when revenue is null then 1 else 0 end,
                case when is_tracking then 2 when is_copy then 1 else 0 end,
                revenue desc, order_namespace, order_key
        ) as amount_rank
    from orders

),

namespaces as (

    select
        matched_order_key,
        {{ distinct_text('order_namespace') }} as order_namespaces
    from orders
    group by matched_order_key

),

totals as (

    select
        matched_order_key,
        max(case when amount_rank = 1 then order_namespace end) as order_namespace,
        max(case when amount_rank = 1 then order_id end) as order_id,
        max(case when amount_rank = 1 then revenue end) as revenue,
        max(case when amount_rank = 1 then currency end) as currency,
        min(occurred_at) as ordered_at,
        min(match_rule) as match_rule,
        max(case when is_refunded_by_status then 1 else 0 end) = 1 as is_refunded_by_status,
        max(case when names_person then 1 else 0 end) = 1 as names_person,
        max(case when not is_status_declared then 1 when is_status_declared then 0 end) = 1 as has_undeclared_status
    from ranked
    group by matched_order_key

),

-- By how much the other reports, in the same currency, fall short of it.
differences as (

    select
        ranked.matched_order_key,
        max(totals.revenue - ranked.revenue) as amount_difference
    from ranked
    inner join totals
        on ranked.matched_order_key = totals.matched_order_key and ranked.currency = totals.currency
    where ranked.amount_rank > 1
    group by ranked.matched_order_key

)

select
    totals.matched_order_key,
    totals.order_namespace,
    namespaces.order_namespaces,
    totals.order_id,
    totals.match_rule,
    totals.names_person,
    totals.is_refunded_by_status,
    totals.has_undeclared_status,
    totals.revenue,
    totals.currency,
    cast(differences.amount_difference as decimal(18, 4)) as amount_difference,
    rates.rate,
    rates.rate_day as exchange_rate_day,
    {{ converted_amount('totals.revenue', 'rates.rate') }} as converted_revenue
from totals
inner join namespaces on totals.matched_order_key = namespaces.matched_order_key
left join differences on totals.matched_order_key = differences.matched_order_key
left join rates on {{ is_rate_of('rates', 'totals.currency', 'cast(totals.ordered_at as date)') }}
