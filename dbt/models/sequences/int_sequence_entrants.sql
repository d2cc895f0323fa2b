with

plans as (

    select * from {{ ref('int_sequence_plans') }}

),

sequence_persons as (

    select *
    from {{ ref('int_sequence_persons') }}
    where is_known

),

progress as (

    select *
    from {{ ref('int_sequence_progress') }}
    where is_first_attempt

),

referrals as (

    select * from {{ ref('int_sequence_referrals') }}

),

journeys as (

    select *
    from {{ ref('int_journeys') }}
    where journey_number = 1

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

persons as (

    select * from {{ ref('int_person_keys') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

-- Steps of referred persons are their referrer's.
completing_acts as (

    select
        progress.sequence_id,
        progress.person_key,
        progress.occurred_at
    from progress
    inner join plans on progress.sequence_id = plans.sequence_id and progress.step_number = plans.completing_step

    union all

    select
        referrals.sequence_id,
        referrals.person_key,
        referrals.occurred_at
    from referrals
    inner join plans on referrals.sequence_id = plans.sequence_id and referrals.step_number = plans.completing_step

),

completions as (

    select
        sequence_id,
        person_key,
        min(occurred_at) as completed_at
    from completing_acts
    group by sequence_id, person_key

),

conversions as (

    select
        sequence_persons.sequence_id,
        sequence_persons.person_key,
        min(case when macro_conversions.occurred_at > sequence_persons.entered_at then macro_conversions.occurred_at end)
            as converted_at,
        min(macro_conversions.occurred_at) <= min(sequence_persons.entered_at) as had_converted
    from sequence_persons
    inner join macro_conversions on sequence_persons.person_key = macro_conversions.person_key
    group by sequence_persons.sequence_id, sequence_persons.person_key

),

entries_and_steps as (

    select
        person_key,
        entered_at as occurred_at,
        0 as steps,
        sequence_id
    from sequence_persons

    union all

    select
        person_key,
        occurred_at,
        1,
        null
    from micro_conversions

),

-- The entry is a step itself and stands before it.
entries_with_steps_before as (

    select
        *,
        sum(steps) over (
            partition by person_key order by occurred_at, steps
            rows between unbounded preceding and current row
        ) as steps_before
    from entries_and_steps

)

select
    entries.sequence_id,
    entries.person_key,
    entries.occurred_at as entered_at,
    completions.completed_at,
    conversions.converted_at,
    {{ engagement_band('entries.steps_before') }} as engagement,
    coalesce(conversions.had_converted, false) as had_converted,
    {{ period_start('month', 'journeys.entered_at') }} as cohort_month,
    journeys.entry_source,
    left_truncated_persons.person_key is not null as is_left_truncated,
    mod({{ stable_key(['persons.person_id']) }}, {{ var('jackknife_buckets') }}) as bucket
from entries_with_steps_before as entries
inner join journeys on entries.person_key = journeys.person_key
inner join persons on entries.person_key = persons.person_key
left join left_truncated_persons on entries.person_key = left_truncated_persons.person_key
left join completions
    on entries.sequence_id = completions.sequence_id and entries.person_key = completions.person_key
left join conversions
    on entries.sequence_id = conversions.sequence_id and entries.person_key = conversions.person_key
where entries.sequence_id is not null
