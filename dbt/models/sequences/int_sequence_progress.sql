{{ config(materialized='incremental', unique_key='person_key') }}

with

journey_events as (

    select * from {{ delta('int_journey_events') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

sequences as (

    select * from {{ ref('journey_sequences') }}

),

entries as (

    select * from {{ ref('int_sequence_entries') }}

),

moves as (

    select * from {{ ref('int_sequence_moves') }}

),

step_types as (

    select distinct
        sequences.sequence_id,
        sequences.step_number,
        lineage.micro_conversion
    from sequences
    inner join lineage on sequences.micro_conversion = lineage.counts_as

),

step_events as (

    select
        step_types.sequence_id,
        step_types.step_number,
        journey_events.person_key,
        journey_events.act_position,
        journey_events.occurred_at,
        journey_events.journey_id,
        journey_events.event_id
    from journey_events
    inner join step_types on journey_events.micro_conversion = step_types.micro_conversion

),

reached_steps as (

    -- The linter's parser does not know window frames without an order.
    {{ funnel_steps('step_events', 'entries', 'moves') }} -- noqa: PRS

)

select * from reached_steps
