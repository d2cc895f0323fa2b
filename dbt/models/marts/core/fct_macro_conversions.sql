{{ config(materialized='incremental', unique_key=['person_key', 'event_id']) }}

with

events as (

    select * from {{ delta('fct_events') }}

),

macro_events as (

    select
        *,
        coalesce('order ' || {{ namespaced_order_id('source', 'order_id') }}, 'event ' || cast(event_id as string)) as identity
    from events
    where is_macro and is_person_action and not is_machine

),

-- One order may be reported by the shop's tag, its CRM copy and a tag that fired twice: the earliest source event that
-- names a person represents them all.
ranked_events as (

    select
        *,
        row_number() over duplicates as source_event_number,
        count(*) over (partition by identity) as source_event_count,
        first_value(revenue) over (
            partition by identity
            order by case when revenue is null then 1 else 0 end, {{ source_event_order() }}
        ) as first_revenue,
        first_value(currency) over (
            partition by identity
            order by case when revenue is null then 1 else 0 end, {{ source_event_order() }}
        ) as first_currency
    from macro_events
    window duplicates as (partition by identity order by {{ source_event_order() }})

),

sources as (

    select
        identity,
        {{ distinct_text('source') }} as sources
    from macro_events
    group by identity

),

deduplicated_events as (

    select
        ranked_events.*,
        sources.sources
    from ranked_events
    inner join sources on ranked_events.identity = sources.identity
    where ranked_events.source_event_number = 1

)

select
    {{ stable_key(['identity']) }} as macro_conversion_id,
    event_id,
    person_key,
    occurred_at,
    micro_conversion as macro_conversion,
    order_id,
    first_revenue as revenue,
    first_currency as currency,
    source,
    sources,
    cast(source_event_count as integer) as source_event_count,
    session_id,
    campaign_key,
    case
        when person_key is not null
            then cast(row_number() over (
                partition by person_key order by occurred_at, event_rank, event_id
            ) as integer)
    end as conversion_number
from deduplicated_events
