{#- A gap without a limit, and stages, are followed as long as what comes after a path. -#}
{%- set horizon = var('path_horizon_days') -%}
with

steps as (

    select * from {{ ref('int_sequence_steps') }}

),

moves as (

    select * from {{ ref('int_sequence_moves') }}

),

progress as (

    select * from {{ ref('int_sequence_progress') }}
    where is_first_attempt

),

stage_outcomes as (

    select * from {{ ref('int_stage_transition_outcomes') }}
    where outcome is distinct from 'was_beyond'

),

stages as (

    select * from {{ ref('fct_journey_stages') }}

),

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}

),

-- From each required step to the next: steps that no source reports are left out.
required_steps as (

    select
        sequence_id,
        step_number,
        micro_conversion,
        is_entry,
        lag(step_number) over (partition by sequence_id order by step_number) as previous_step_number,
        lag(micro_conversion) over (partition by sequence_id order by step_number) as previous_step
    from steps
    where is_observable and not may_be_skipped and not is_of_referred_person

),

transitions as (

    select
        required_steps.sequence_id,
        required_steps.step_number,
        required_steps.previous_step_number,
        required_steps.previous_step as from_step,
        required_steps.micro_conversion as to_step,
        coalesce(moves.max_seconds, {{ horizon }} * 86400) as window_seconds,
        watermarks.watermark_at,
        watermarks.known_from
    from required_steps
    inner join moves
        on
            required_steps.sequence_id = moves.sequence_id
            and required_steps.previous_step_number = moves.from_step
            and required_steps.step_number = moves.to_step
    inner join watermarks
        on watermarks.outcome_type = 'micro_conversion' and required_steps.micro_conversion = watermarks.outcome

),

arrivals as (

    select
        sequence_id,
        step_number,
        person_key,
        min(occurred_at) as arrived_at,
        min_by(event_id, act_position) as event_id,
        min_by(is_known, act_position) as is_known
    from progress
    group by sequence_id, step_number, person_key

),

sequence_attempts as (

    select
        'sequence' as transition_kind,
        transitions.sequence_id,
        transitions.step_number,
        transitions.from_step,
        transitions.to_step,
        transitions.window_seconds,
        transitions.watermark_at,
        transitions.known_from,
        arrivals.person_key,
        arrivals.is_known,
        arrivals.event_id,
        arrivals.arrived_at,
        next_arrivals.arrived_at as reached_at
    from transitions
    inner join arrivals
        on
            transitions.sequence_id = arrivals.sequence_id
            and transitions.previous_step_number = arrivals.step_number
    left join arrivals as next_arrivals
        on
            transitions.sequence_id = next_arrivals.sequence_id
            and transitions.step_number = next_arrivals.step_number
            and arrivals.person_key = next_arrivals.person_key

),

first_spans as (

    select
        person_key,
        stage,
        min_by(stage_span_id, span_number) as event_id
    from stages
    group by person_key, stage

),

stage_attempts as (

    select
        'stage' as transition_kind,
        'stage_map' as sequence_id,
        {{ journey_stage_rank('stage_outcomes.to_stage') }} as step_number,
        stage_outcomes.from_stage as from_step,
        stage_outcomes.to_stage as to_step,
        {{ horizon }} * 86400 as window_seconds,
        watermarks.watermark_at,
        watermarks.known_from,
        stage_outcomes.person_key,
        stage_outcomes.person_population = 'known' as is_known,
        first_spans.event_id,
        stage_outcomes.entered_at as arrived_at,
        case when stage_outcomes.outcome = 'reached' then stage_outcomes.ended_at end as reached_at
    from stage_outcomes
    inner join first_spans
        on stage_outcomes.person_key = first_spans.person_key and stage_outcomes.from_stage = first_spans.stage
    inner join watermarks
        on watermarks.outcome_type = 'later_stage' and stage_outcomes.from_stage = watermarks.outcome

),

attempts as (

    select * from sequence_attempts
    union all
    select * from stage_attempts

)

select
    transition_kind,
    sequence_id,
    cast(step_number as integer) as step_number,
    from_step,
    to_step,
    cast(window_seconds / 86400.0 as double) as window_days,
    person_key,
    is_known,
    event_id,
    arrived_at,
    case when reached_at <= {{ plus_seconds('arrived_at', 'window_seconds') }} then reached_at end as reached_at
from attempts
-- Whether somebody went on is known once the time to do so has passed, if the next step was reported by then.
where
    {{ plus_seconds('arrived_at', 'window_seconds') }} <= watermark_at
    and {{ is_after_begin('arrived_at', 'known_from') }}
