{{ config(materialized='incremental', unique_key=['person_key', 'event_id']) }}

with

refunds as (

    select * from {{ ref('int_refunds') }}

),

conversions as (

    select macro_conversion_id
    from {{ delta('fct_macro_conversions') }}

)

select
    refunds.event_id,
    refunds.person_key,
    refunds.occurred_at,
    {{ as_enum('refunds.source', 'event_source') }} as source,
    refunds.order_namespace,
    refunds.order_id,
    conversions.macro_conversion_id,
    refunds.amount,
    refunds.currency,
    refunds.converted_amount
from refunds
left join conversions on refunds.matched_order_key = conversions.macro_conversion_id
