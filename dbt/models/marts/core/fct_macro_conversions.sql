{{ config(materialized='incremental', unique_key=['person_key', 'event_id']) }}

with

events as (

    select * from {{ delta('fct_events') }}

),

order_events as (

    select * from {{ ref('int_order_events') }}

),

order_totals as (

    select * from {{ ref('int_order_totals') }}

),

refunds as (

    select
        matched_order_key,
        sum(converted_amount) as converted_refunds
    from {{ ref('int_refunds') }}
    where matched_order_key is not null
    group by matched_order_key

),

-- What is not an order is a macro-conversion by itself.
macro_events as (

    select
        events.*,
        order_events.matched_order_key,
        coalesce(order_events.matched_order_key, events.event_id) as macro_conversion_id
    from events
    left join order_events on events.event_id = order_events.event_id
    where events.is_macro and events.is_person_action and not events.is_machine

),

-- One order may be reported by the shop, its CRM copy and a tag that fired twice: the earliest source event that names
-- a person represents them all.
ranked_events as (

    select
        *,
        row_number() over duplicates as source_event_number,
        count(*) over (partition by macro_conversion_id) as source_event_count
    from macro_events
    window duplicates as (partition by macro_conversion_id order by {{ source_event_order() }})

),

sources as (

    select
        macro_conversion_id,
        {{ distinct_text('source') }} as sources
    from macro_events
    group by macro_conversion_id

)

select
    ranked_events.macro_conversion_id,
    ranked_events.event_id,
    ranked_events.person_key,
    ranked_events.occurred_at,
    ranked_events.micro_conversion as macro_conversion,
    ranked_events.matched_order_key is not null as is_order,
    order_totals.order_id,
    order_totals.order_namespace,
    order_totals.order_namespaces,
    order_totals.match_rule,
    coalesce(order_totals.names_person, false) as names_person,
    order_totals.has_undeclared_status,
    order_totals.revenue,
    order_totals.currency,
    order_totals.amount_difference,
    order_totals.exchange_rate_day,
    order_totals.converted_revenue,
    cast(coalesce(refunds.converted_refunds, 0) as decimal(38, 4)) as converted_refunds,
    cast(order_totals.converted_revenue - coalesce(refunds.converted_refunds, 0) as decimal(38, 4)) as net_revenue,
    coalesce(refunds.converted_refunds >= order_totals.converted_revenue, false) as is_fully_refunded,
    ranked_events.source,
    sources.sources,
    cast(ranked_events.source_event_count as integer) as source_event_count,
    ranked_events.session_id,
    ranked_events.campaign_key,
    case
        when ranked_events.person_key is not null
            then cast(row_number() over (
                partition by ranked_events.person_key
                order by ranked_events.occurred_at, ranked_events.event_rank, ranked_events.event_id
            ) as integer)
    end as conversion_number
from ranked_events
inner join sources on ranked_events.macro_conversion_id = sources.macro_conversion_id
left join order_totals on ranked_events.matched_order_key = order_totals.matched_order_key
left join refunds on ranked_events.matched_order_key = refunds.matched_order_key
where ranked_events.source_event_number = 1
