with

reports as (

    select * from {{ ref('int_order_reports') }}

),

order_reports as (

    select
        *,
        {{ order_key('order_namespace', 'order_id', 'event_id') }} as order_key,
        person_key is null as is_anonymous
    from reports
    where not is_refund

),

-- The largest report gives the currency: lines in another one would not be added to it.
ranked as (

    select
        *,
        row_number() over (partition by order_key order by {{ source_event_order() }}) as report_number,
        -- A card that failed at first may be paid afterwards: the latest status counts. Exports give each state of an order the
        -- time at which it was created: of these the one of the newest file counts, and of one file the worst.
        first_value(status) over (
            partition by order_key
            order by
                case when status is null then 1 else 0 end, occurred_at desc, loaded_at desc,
                case status when 'voided' then 0 when 'refunded' then 1 else 2 end, event_id
        ) as latest_status,
        first_value(currency) over (
            partition by order_key
            order by case when revenue is null then 1 else 0 end, revenue desc, {{ source_event_order() }}
        ) as order_currency
    from order_reports

),

orders as (

    select
        order_key,
        max(order_namespace) as order_namespace,
        max(order_id) as order_id,
        max(case when report_number = 1 then event_id end) as event_id,
        max(case when report_number = 1 then person_key end) as person_key,
        max(case when report_number = 1 then occurred_at end) as occurred_at,
        max(case when report_number = 1 then source end) as source,
        max(case when report_number = 1 then reporter end) as reporter,
        -- Of a booking or a subscription another system has no report that it could be mistaken for.
        max(case when is_separate then 1 else 0 end) = 1
        or max(case when is_purchase then 1 else 0 end) = 0 as is_separate,
        max(case when is_tracking then 1 else 0 end) = 1 as is_tracking,
        max(case when is_copy then 1 else 0 end) = 1 as is_copy,
        max(case when names_order then 1 else 0 end) = 1 as names_order,
        max(case when names_person then 1 else 0 end) = 1 as names_person,
        coalesce(max(latest_status) = 'voided', false) as is_voided,
        coalesce(max(latest_status) = 'refunded', false) as is_refunded_by_status,
        max(latest_status) <> 'undeclared' as is_status_declared,
        -- Deals with one order id are parts of that order.
        max(case when is_line_amount then 1 else 0 end) = 1
        or min(case when is_copy then 1 else 0 end) = 1 as is_line_amount,
        max(revenue) as largest_amount,
        sum(case when currency is not distinct from order_currency then revenue end) as summed_lines,
        max(order_currency) as currency
    from ranked
    group by order_key

)

select
    order_key,
    order_namespace,
    order_id,
    event_id,
    person_key,
    occurred_at,
    source,
    reporter,
    is_separate,
    is_tracking,
    is_copy,
    names_order,
    names_person,
    is_voided,
    is_refunded_by_status,
    is_status_declared,
    -- A sum beyond any amount that loading lets pass is none.
    cast(
        case
            when not is_line_amount then largest_amount
            when summed_lines < 1000000000000 then summed_lines
        end as decimal(18, 4)
    ) as revenue,
    currency
from orders
