{{ config(materialized='incremental', unique_key='event_partition') }}

with

hits as (

    select * from {{ ref('stg_google_analytics_export__hits') }}

),

changed_hits as (

    select *
    from hits
    where {{ is_in_changed_partition('event_partition') }}

),

events as (

    select
        event_partition,
        property_id,
        property_date,
        count(*) as events,
        max(case when table_kind = 'daily' then 0 else 1 end) = 1 as is_preliminary
    from changed_hits
    group by event_partition, property_id, property_date

),

-- An order counts once, however often its page was loaded.
orders as (

    select
        event_partition,
        property_id,
        currency,
        coalesce(transaction_id, event_key) as order_key,
        max(revenue) as revenue
    from changed_hits
    where event_name = 'purchase'
    group by event_partition, property_id, currency, coalesce(transaction_id, event_key)

),

-- Google takes refunds off the day they were made on; copies of one are one.
refunds as (

    select
        event_partition,
        property_id,
        currency,
        event_key,
        max(abs(revenue)) as amount
    from changed_hits
    where event_name = 'refund'
    group by event_partition, property_id, currency, event_key

),

amounts as (

    select
        event_partition,
        property_id,
        currency,
        revenue
    from orders
    union all
    select
        event_partition,
        property_id,
        currency,
        -amount
    from refunds

),

revenue as (

    select
        event_partition,
        property_id,
        {{ exact_sum('revenue') }} as revenue,
        min(currency) as currency,
        count(distinct coalesce(currency, '')) as currencies
    from amounts
    group by event_partition, property_id

)

select
    events.event_partition,
    events.property_id,
    events.property_date,
    events.events,
    events.is_preliminary,
    coalesce(revenue.revenue, 0) as revenue,
    revenue.currency,
    coalesce(revenue.currencies, 0) as currencies
from events
left join revenue
    on events.event_partition = revenue.event_partition and events.property_id is not distinct from revenue.property_id
