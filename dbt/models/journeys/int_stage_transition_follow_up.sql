{{ config(materialized='view') }}

with

outcomes as (

    select * from {{ ref('int_stage_transition_outcomes') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

watermarks as (

    select
        outcome as from_stage,
        watermark_at,
        known_from
    from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'later_stage'

),

-- What one source reports after another has fallen silent does not count: the other one's is missing.
known_outcomes as (

    select
        outcomes.person_key,
        outcomes.person_population,
        outcomes.from_stage,
        outcomes.to_stage,
        outcomes.entered_at,
        outcomes.is_reached_after_exit,
        left_truncated_persons.person_key is not null
        or not {{ is_after_begin('outcomes.entered_at', 'watermarks.known_from') }} as is_left_truncated,
        watermarks.watermark_at,
        case
            when outcomes.ended_at is null or outcomes.ended_at <= watermarks.watermark_at then outcomes.outcome
        end as outcome,
        case when outcomes.ended_at <= watermarks.watermark_at then outcomes.seconds end as seconds
    from outcomes
    inner join watermarks
        on outcomes.from_stage = watermarks.from_stage and outcomes.entered_at <= watermarks.watermark_at
    left join left_truncated_persons on outcomes.person_key = left_truncated_persons.person_key

)

select
    person_key,
    person_population,
    from_stage,
    to_stage,
    entered_at,
    is_left_truncated,
    outcome,
    case
        when outcome is null then {{ seconds_between('entered_at', 'watermark_at') }}
        else seconds
    end as seconds,
    coalesce(outcome = 'left' and is_reached_after_exit, false) as is_reached_after_exit
from known_outcomes
