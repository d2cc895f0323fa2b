{{ config(materialized='incremental', incremental_strategy='replace_affected', unique_key='person_key') }}

with

events as (

    select * from {{ affected('fct_events') }}

),

macro_conversions as (

    select * from {{ affected('fct_macro_conversions') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

-- A second telling of a macro-conversion is no act of its own, or it would open a new journey.
acts as (

    select
        person_key,
        occurred_at,
        event_rank,
        event_id,
        micro_conversion,
        journey_stage,
        is_macro as ends_journey,
        source,
        campaign_key,
        email_id,
        link_key,
        url,
        device,
        session_id
    from events
    where
        {{ is_human_act() }}
        and (not is_macro or event_id in (select event_id from macro_conversions))

),

numbered as (

    -- The linter's parser knows no window frame without an order.
    {{ number_journeys('acts') }} -- noqa: PRS

)

select
    numbered.*,
    types.polarity,
    cast(types.commitment_level as integer) as commitment_level
from numbered
left join types on numbered.micro_conversion = types.micro_conversion
where numbered.micro_conversion is not null or numbered.is_entry
