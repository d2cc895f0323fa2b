{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ delta('fct_events') }}

),

macro_conversions as (

    select * from {{ delta('fct_macro_conversions') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

-- A duplicate source event of a macro-conversion is not an act, or it would open a new journey.
acts as (

    select
        events.person_key,
        events.occurred_at,
        events.event_rank,
        events.event_id,
        events.is_known,
        events.micro_conversion,
        types.polarity,
        cast(types.commitment_level as integer) as commitment_level,
        events.journey_stage,
        events.is_macro as ends_journey,
        events.source,
        events.campaign_key,
        events.email_id,
        events.link_key,
        events.url,
        events.device,
        events.session_id
    from events
    left join types on events.micro_conversion = types.micro_conversion
    where
        {{ is_human_act('events') }}
        and (not events.is_macro or events.event_id in (select macro_conversions.event_id from macro_conversions))

),

-- Sorted here, as a join does not keep the order of `fct_events`; the models downstream read this physical order.
numbered_acts as (

    -- The linter's parser does not know window frames without an order.
    {{ number_journeys('acts') }} -- noqa: PRS

)

select *
from numbered_acts
where micro_conversion is not null or is_entry
