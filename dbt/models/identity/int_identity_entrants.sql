{{ config(materialized='view') }}

with

persons as (

    select * from {{ ref('dim_persons') }}

),

populations as (

    select * from {{ ref('completion_populations') }}
    where population = 'persons'

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}
    where is_observable

),

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'micro_conversion'

),

exposures as (

    select * from {{ ref('int_person_exposures') }}

),

completions as (

    select * from {{ ref('int_person_completions') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_counts') }}
    where is_observable and not is_entry and person_population = 'known'

),

funnel_persons as (

    select persons.*
    from {{ ref('int_sequence_persons') }} as persons
    left join {{ ref('int_left_truncated_persons') }} as left_truncated_persons
        on persons.person_key = left_truncated_persons.person_key
    where left_truncated_persons.person_key is null

),

referrals as (

    select
        sequence_id,
        person_key,
        max(step_number) as furthest_step
    from {{ ref('int_sequence_referrals') }}
    group by sequence_id, person_key

),

sequence_watermarks as (

    select * from {{ ref('int_sequence_watermarks') }}

),

reaching_acts as (

    select * from {{ ref('int_sequence_reaching_acts') }}

),

steps_taken as (

    select * from {{ ref('int_steps_taken') }}

),

-- Persons who took the step, but not in order, may lack at most one in between.
first_acts as (

    select
        reaching_acts.sequence_id,
        reaching_acts.step_number,
        steps_taken.person_key,
        min(steps_taken.first_taken_at) as acted_at
    from reaching_acts
    inner join steps_taken on reaching_acts.micro_conversion = steps_taken.micro_conversion
    group by reaching_acts.sequence_id, reaching_acts.step_number, steps_taken.person_key

),

transitions as (

    select * from {{ ref('int_stage_transition_follow_up') }}
    where not is_left_truncated and outcome is distinct from 'was_beyond'

),

path_steps as (

    select * from {{ ref('int_path_steps') }}

),

entrants as (

    select
        'dim_persons' as report,
        'has a browser' as figure,
        cast(null as string) as sequence_id,
        cast(null as integer) as step_number,
        person_key,
        person_kind <> 'device' as is_known,
        first_seen_at as entered_at,
        cast(null as timestamp) as followed_until,
        devices > 0 as is_reached,
        false as has_acted
    from persons
    union all
    select
        'rpt_completion_rates',
        populations.micro_conversion,
        null,
        null,
        exposures.person_key,
        exposures.is_known,
        exposures.exposed_at,
        {{ plus_days('exposures.exposed_at', 'populations.window_days') }},
        completions.person_key is not null,
        false
    from populations
    inner join observable on populations.micro_conversion = observable.micro_conversion
    inner join watermarks on populations.micro_conversion = watermarks.outcome
    inner join exposures on populations.exposure = exposures.exposure
    left join completions
        on
            populations.micro_conversion = completions.micro_conversion
            and exposures.person_key = completions.person_key
    where
        {{ exposure_is_mature(
            'exposures.exposed_at', 'populations.window_days', 'watermarks.watermark_at', 'watermarks.known_from'
        ) }}
    union all
    select
        'rpt_funnels',
        funnel_steps.sequence_id || ' ' || cast(funnel_steps.step_number as string) || ': ' || funnel_steps.micro_conversion,
        funnel_steps.sequence_id,
        funnel_steps.step_number,
        funnel_persons.person_key,
        funnel_persons.is_known,
        funnel_persons.entered_at,
        {{ plus_days('funnel_persons.entered_at', 'funnel_steps.window_days') }},
        greatest(funnel_persons.furthest_step, coalesce(referrals.furthest_step, 0)) >= funnel_steps.step_number,
        coalesce(
            funnel_steps.window_days is null
            or first_acts.acted_at <= {{ plus_days('funnel_persons.entered_at', 'funnel_steps.window_days') }}, false
        ) and first_acts.person_key is not null
    from funnel_steps
    inner join funnel_persons on funnel_steps.sequence_id = funnel_persons.sequence_id
    inner join sequence_watermarks on funnel_steps.sequence_id = sequence_watermarks.sequence_id
    left join referrals
        on
            funnel_persons.sequence_id = referrals.sequence_id
            and funnel_persons.person_key = referrals.person_key
    left join first_acts
        on
            funnel_steps.sequence_id = first_acts.sequence_id
            and funnel_steps.step_number = first_acts.step_number
            and funnel_persons.person_key = first_acts.person_key
    where
        {{ exposure_is_mature(
            'funnel_persons.entered_at', 'coalesce(funnel_steps.window_days, 0)', 'sequence_watermarks.watermark_at',
            'sequence_watermarks.known_from'
        ) }}
    union all
    select
        'rpt_stage_transitions',
        from_stage || ' to ' || to_stage,
        null,
        null,
        person_key,
        person_population = 'known',
        entered_at,
        cast(null as timestamp),
        coalesce(outcome = 'reached', false),
        false
    from transitions
    {%- for length in range(1, var('path_first_steps') + 1) %}
    {%- set at = 'step_' ~ length ~ '_at' %}
    union all
    select
        'rpt_micro_conversion_paths',
        'converted after {{ length }} steps',
        null,
        null,
        person_key,
        step_{{ length }}_is_known,
        {{ at }},
        {{ plus_days(at, var('path_horizon_days')) }},
        coalesce(converted_at <= {{ plus_days(at, var('path_horizon_days')) }}, false),
        false
    from path_steps
    where
        step_{{ length }} is not null
        and {{ exposure_is_mature(
            at, var('path_horizon_days'), outcome_watermark('macro_conversion'), outcome_known_from('macro_conversion')
        ) }}
    {%- endfor %}

)

select
    entrants.report,
    entrants.figure,
    entrants.sequence_id,
    entrants.step_number,
    entrants.person_key,
    entrants.is_known,
    entrants.is_known = false and persons.person_kind <> 'device' and persons.known_since <= entrants.entered_at
        as is_linked_later,
    entrants.entered_at,
    entrants.followed_until,
    entrants.is_reached,
    entrants.has_acted
from entrants
inner join persons on entrants.person_key = persons.person_key
