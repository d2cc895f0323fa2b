{{ config(materialized='incremental', unique_key='person_key') }}

with

journey_events as (

    select * from {{ delta('int_journey_events') }}

),

micro_conversions as (

    select *
    from journey_events
    where polarity = 'micro'

),

micro_conversions_with_previous as (

    -- The linter's parser does not know window frames without an order.
    {%- set before = ['micro_conversion', 'occurred_at', 'journey_id'] %}
    {{ transitions('micro_conversions', before, [], ['journey_id'], is_physically_ordered=true) }} -- noqa: PRS

)

select
    event_id,
    person_key,
    journey_id,
    session_id,
    occurred_at,
    event_rank,
    is_known,
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
    {{ seconds_between('previous_occurred_at', 'occurred_at') }} as seconds_since_previous,
    cast(number_in_journey_id as integer) as micro_conversion_number,
    coalesce(micro_conversion = previous_micro_conversion and journey_id = previous_journey_id, false)
        as is_immediate_repeat
from micro_conversions_with_previous
