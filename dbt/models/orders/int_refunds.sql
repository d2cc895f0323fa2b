with

reports as (

    select * from {{ ref('int_order_reports') }}

),

orders as (

    select * from {{ ref('int_matched_orders') }}

),

totals as (

    select * from {{ ref('int_order_totals') }}

),

consents as (

    select * from {{ delta('int_person_consents') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

voided as (

    select event_id
    from {{ ref('int_order_events') }}
    where is_voided

),

standing_orders as (

    select
        orders.*,
        totals.revenue as order_revenue,
        totals.currency as order_currency,
        totals.rate as order_rate
    from orders
    inner join totals on orders.matched_order_key = totals.matched_order_key
    left join voided on orders.event_id = voided.event_id
    where voided.event_id is null

),

-- Systems that post a refund and take the amount off the purchase report one refund twice: as many negative purchases of
-- an order are left out as it has refunds of that amount within a day.
negative_purchases as (

    select
        purchases.event_id,
        count(distinct case when refund_reports.is_refund_event then refund_reports.event_id end) as refund_events,
        count(distinct case
            when refund_reports.is_refund_event = false
                and (
                    refund_reports.occurred_at < purchases.occurred_at
                    or (refund_reports.occurred_at = purchases.occurred_at and refund_reports.event_id <= purchases.event_id)
                )
                then refund_reports.event_id
        end) as place
    from reports as purchases
    inner join reports as refund_reports
        on
            purchases.order_namespace = refund_reports.order_namespace
            and purchases.order_id = refund_reports.order_id
            and abs(purchases.revenue) = abs(refund_reports.revenue)
            and purchases.currency is not distinct from refund_reports.currency
            and refund_reports.occurred_at
            between {{ plus_days('purchases.occurred_at', -1) }} and {{ plus_days('purchases.occurred_at', 1) }}
    where purchases.is_refund and purchases.is_refund_event = false and refund_reports.is_refund
    group by purchases.event_id

),

repeated_refunds as (

    select event_id
    from negative_purchases
    where place <= refund_events

),

-- What an event reports as given back, of the order with its id in its namespace.
reported as (

    select
        reports.event_id,
        -- The person named may be who handled it: the money is that of the person who ordered.
        coalesce(standing_orders.person_key, reports.person_key) as person_key,
        reports.occurred_at,
        reports.source,
        reports.order_namespace,
        reports.is_tracking,
        reports.order_id,
        -- A tag that sends no amount is reported with 0; a shop that gives back 0 has put goods back on stock.
        case when reports.is_tracking then nullif(abs(reports.revenue), 0) else abs(reports.revenue) end as amount,
        reports.currency,
        standing_orders.matched_order_key,
        standing_orders.order_revenue,
        standing_orders.order_currency,
        standing_orders.order_rate
    from reports
    left join standing_orders
        on reports.order_namespace = standing_orders.order_namespace and reports.order_id = standing_orders.order_id
    left join voided on reports.event_id = voided.event_id
    left join repeated_refunds on reports.event_id = repeated_refunds.event_id
    where
        reports.is_refund
        and (reports.is_tracking or reports.revenue is null or reports.revenue <> 0)
        and voided.event_id is null
        and repeated_refunds.event_id is null

),

-- Systems that report one order report its refunds, too: those of one of them count, the shop's before a tag's.
ranked_reporters as (

    select
        *,
        case
            when matched_order_key is null then 1
            else dense_rank() over (
                partition by matched_order_key order by case when is_tracking then 1 else 0 end, order_namespace
            )
        end as reporter_rank
    from reported

),

-- The shop's status says that the whole order was given back; on which day it does not say, so it is the order's.
by_status as (

    select
        event_id,
        person_key,
        occurred_at,
        source,
        order_namespace,
        order_id,
        cast(null as decimal(18, 4)) as amount,
        cast(null as string) as currency,
        matched_order_key,
        order_revenue,
        order_currency,
        order_rate
    from standing_orders
    where
        is_refunded_by_status
        and matched_order_key not in (
            select reported.matched_order_key from reported
            where reported.matched_order_key is not null
        )

),

unioned as (

    select
        event_id,
        person_key,
        occurred_at,
        source,
        order_namespace,
        order_id,
        amount,
        currency,
        matched_order_key,
        order_revenue,
        order_currency,
        order_rate
    from ranked_reporters
    where reporter_rank = 1
    union all
    select * from by_status

),

-- A refund without an amount gives the whole order back.
completed as (

    select
        *,
        cast(coalesce(amount, order_revenue) as decimal(18, 4)) as refund_amount,
        coalesce(currency, order_currency) as refund_currency
    from unioned

)

select
    completed.event_id,
    case when {{ refuses_analytics('consents') }} = false then completed.person_key end as person_key,
    completed.occurred_at,
    completed.source,
    completed.order_namespace,
    completed.order_id,
    completed.matched_order_key,
    completed.refund_amount as amount,
    completed.refund_currency as currency,
    {{ converted_amount(
        'completed.refund_amount',
        'case when completed.refund_currency = completed.order_currency then completed.order_rate else rates.rate end'
    ) }} as converted_amount
from completed
left join rates on {{ is_rate_of('rates', 'completed.refund_currency', 'cast(completed.occurred_at as date)') }}
left join consents on completed.person_key = consents.person_key
