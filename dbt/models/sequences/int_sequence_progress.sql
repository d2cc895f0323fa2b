{{ config(materialized='incremental', unique_key='person_key') }}

with

journey_events as (

    select * from {{ delta('int_journey_events') }}

),

entries as (

    select * from {{ ref('int_sequence_entries') }}

),

moves as (

    select * from {{ ref('int_sequence_moves') }}

),

step_types as (

    select * from {{ ref('int_sequence_step_types') }}
    where not is_of_referred_person

),

step_events as (

    select
        step_types.sequence_id,
        step_types.step_number,
        journey_events.person_key,
        journey_events.act_position,
        journey_events.occurred_at,
        journey_events.journey_id,
        journey_events.is_known,
        journey_events.event_id
    from journey_events
    inner join step_types on journey_events.micro_conversion = step_types.micro_conversion

),

reached_steps as (

    -- The linter's parser does not know window frames without an order.
    {{ funnel_steps('step_events', 'entries', 'moves') }} -- noqa: PRS

),

first_entries as (

    select
        reached_steps.sequence_id,
        reached_steps.person_key,
        entries.step_number,
        min(reached_steps.act_position) as act_position,
        min(reached_steps.occurred_at) as occurred_at
    from reached_steps
    inner join entries
        on reached_steps.sequence_id = entries.sequence_id and reached_steps.step_number = entries.step_number
    group by reached_steps.sequence_id, reached_steps.person_key, entries.step_number

),

-- What the first entry cannot reach no attempt can, so this begins with few rows.
events_after_first_entry as (

    select reached_steps.*
    from reached_steps
    inner join first_entries
        on
            reached_steps.sequence_id = first_entries.sequence_id
            and reached_steps.person_key = first_entries.person_key
            and reached_steps.act_position >= first_entries.act_position
            and (
                reached_steps.step_number > first_entries.step_number
                or reached_steps.act_position = first_entries.act_position
            )

),

first_attempts as (

    {{ funnel_steps('events_after_first_entry', 'entries', 'moves') }} -- noqa: PRS

),

-- Optional steps before the first entry, in time before it: reported, no more.
steps_before_entry as (

    select step_events.*
    from step_events
    inner join first_entries
        on
            step_events.sequence_id = first_entries.sequence_id
            and step_events.person_key = first_entries.person_key
            and step_events.step_number < first_entries.step_number
            and step_events.act_position < first_entries.act_position
    inner join moves
        on
            step_events.sequence_id = moves.sequence_id
            and step_events.step_number = moves.from_step
            and first_entries.step_number = moves.to_step
    where
        moves.max_seconds is null
        or first_entries.occurred_at <= {{ plus_seconds('step_events.occurred_at', 'moves.max_seconds') }}

)

select
    reached_steps.*,
    first_attempts.event_id is not null as is_first_attempt
from reached_steps
left join first_attempts
    on
        reached_steps.sequence_id = first_attempts.sequence_id
        and reached_steps.step_number = first_attempts.step_number
        and reached_steps.event_id = first_attempts.event_id
union all
select
    *,
    true as is_first_attempt
from steps_before_entry
