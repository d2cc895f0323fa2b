with

counts as (

    select * from {{ ref('int_funnel_counts') }}

),

progress as (

    select * from {{ ref('int_sequence_progress') }}

),

persons as (

    select persons.*
    from {{ ref('int_sequence_persons') }} as persons
    left join {{ ref('int_left_truncated_persons') }} as left_truncated_persons
        on persons.person_key = left_truncated_persons.person_key
    where left_truncated_persons.person_key is null

),

referrals as (

    select * from {{ ref('int_sequence_referrals') }}

),

watermarks as (

    select * from {{ ref('int_sequence_watermarks') }}

),

-- The same steps in both populations.
steps as (

    select
        sequence_id,
        step_number,
        coalesce(
            max(case when not may_be_skipped then step_number end) over (
                partition by sequence_id order by step_number rows between unbounded preceding and 1 preceding
            ),
            step_number
        ) as previous_step
    from counts
    where window_days is null and is_observable and person_population = 'known'

),

taken_steps as (

    select
        sequence_id,
        person_key,
        step_number,
        occurred_at
    from progress
    where is_first_attempt
    union all
    select
        sequence_id,
        person_key,
        step_number,
        occurred_at
    from referrals

),

-- A later step counts as reaching the earlier one.
arrivals as (

    select
        steps.sequence_id,
        steps.step_number,
        persons.person_key,
        persons.is_known,
        persons.entered_at,
        min(case when taken_steps.step_number >= steps.step_number then taken_steps.occurred_at end) as reached_at,
        min(case when taken_steps.step_number >= steps.previous_step then taken_steps.occurred_at end) as reached_previous_at
    from steps
    inner join persons on steps.sequence_id = persons.sequence_id
    inner join taken_steps
        on
            persons.sequence_id = taken_steps.sequence_id
            and persons.person_key = taken_steps.person_key
            and persons.entered_at <= taken_steps.occurred_at
    group by steps.sequence_id, steps.step_number, persons.person_key, persons.is_known, persons.entered_at

),

-- What one source reports after another has fallen silent does not count: the other one's is missing.
known_arrivals as (

    select
        arrivals.sequence_id,
        arrivals.step_number,
        arrivals.person_key,
        arrivals.is_known,
        arrivals.entered_at,
        watermarks.watermark_at,
        case when arrivals.reached_at <= watermarks.watermark_at then arrivals.reached_at end as reached_at,
        case when arrivals.reached_previous_at <= watermarks.watermark_at then arrivals.reached_previous_at end
            as reached_previous_at
    from arrivals
    inner join watermarks
        on arrivals.sequence_id = watermarks.sequence_id and arrivals.entered_at <= watermarks.watermark_at

)

select
    sequence_id,
    step_number,
    person_key,
    {{ person_population('is_known') }} as person_population,
    reached_at is not null as is_reached,
    {{ seconds_between('entered_at', 'coalesce(reached_at, watermark_at)') }} as seconds_from_entry,
    {{ seconds_between('reached_previous_at', 'coalesce(reached_at, watermark_at)') }} as seconds_from_previous
from known_arrivals
