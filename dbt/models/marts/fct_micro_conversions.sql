{{ config(materialized='incremental', incremental_strategy='replace_affected', unique_key='person_key') }}

with

journey_events as (

    select * from {{ affected('int_journey_events') }}

),

micro_conversions as (

    select *
    from journey_events
    where polarity = 'micro'

),

preceded as (

    select
        *,
        lag(micro_conversion) over person as previous_micro_conversion,
        lag(occurred_at) over person as previous_at,
        lag(journey_id) over person as previous_journey_id,
        row_number() over (partition by journey_id order by act_position) as micro_conversion_number
    from micro_conversions
    window person as (partition by person_key order by act_position)

)

select
    event_id,
    person_key,
    journey_id,
    session_id,
    occurred_at,
    micro_conversion,
    journey_stage,
    commitment_level,
    source,
    campaign_key,
    email_id,
    link_key,
    url,
    device,
    previous_micro_conversion,
    {{ seconds_between('previous_at', 'occurred_at') }} as seconds_since_previous,
    cast(micro_conversion_number as integer) as micro_conversion_number,
    coalesce(micro_conversion = previous_micro_conversion and journey_id = previous_journey_id, false)
        as is_immediate_repeat
from preceded
