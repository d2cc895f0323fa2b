with

persons as (

    select * from {{ ref('int_sequence_persons') }}

),

referrals as (

    select * from {{ ref('int_sequence_referrals') }}

),

sequences as (

    select * from {{ ref('int_sequence_steps') }}

),

watermarks as (

    select * from {{ ref('int_sequence_watermarks') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

-- Without a limit to any gap there is no window.
windows as (

    select
        sequence_id,
        case
            when count(case when not is_before_entry then max_days_from_previous end)
                >= count(case when not is_before_entry and not is_entry then 1 end)
                then coalesce(sum(case when not is_before_entry and not is_entry then max_days_from_previous end), 0)
        end as window_days
    from sequences
    group by sequence_id

),

furthest_referrals as (

    select
        sequence_id,
        person_key,
        max(step_number) as furthest_step,
        sum(cast(power(2, step_number) as integer)) as steps
    from referrals
    group by sequence_id, person_key

),

populations as (

    select true as is_known
    union all
    select false

),

-- Only entrants whose whole window has passed can be said not to have gone on.
entrants as (

    select
        persons.sequence_id,
        persons.is_known,
        greatest(persons.furthest_step, coalesce(furthest_referrals.furthest_step, 0)) as furthest_step,
        greatest(persons.furthest_step_of_any_attempt, coalesce(furthest_referrals.furthest_step, 0))
            as furthest_step_of_any_attempt,
        persons.steps + coalesce(furthest_referrals.steps, 0) as steps,
        {{ exposure_is_mature(
            'persons.entered_at', 'coalesce(windows.window_days, 0)', 'watermarks.watermark_at', 'watermarks.known_from'
        ) }} as is_mature
    from persons
    inner join windows on persons.sequence_id = windows.sequence_id
    inner join watermarks on persons.sequence_id = watermarks.sequence_id
    left join furthest_referrals
        on persons.sequence_id = furthest_referrals.sequence_id and persons.person_key = furthest_referrals.person_key
    left join left_truncated_persons on persons.person_key = left_truncated_persons.person_key
    where
        left_truncated_persons.person_key is null
        and {{ is_after_begin('persons.entered_at', 'watermarks.known_from') }}

),

-- Their first entry in the data need not be their first, or a step that follows it was not reported yet.
left_out as (

    select
        persons.sequence_id,
        persons.is_known,
        count(*) as persons
    from persons
    inner join watermarks on persons.sequence_id = watermarks.sequence_id
    left join left_truncated_persons on persons.person_key = left_truncated_persons.person_key
    where
        left_truncated_persons.person_key is not null
        or not {{ is_after_begin('persons.entered_at', 'watermarks.known_from') }}
    group by persons.sequence_id, persons.is_known

),

-- Few persons differ in how far they came and by which steps.
outcomes as (

    select
        sequence_id,
        is_known,
        furthest_step,
        furthest_step_of_any_attempt,
        steps,
        is_mature,
        count(*) as persons
    from entrants
    group by sequence_id, is_known, furthest_step, furthest_step_of_any_attempt, steps, is_mature

),

steps as (

    select
        sequences.sequence_id,
        populations.is_known,
        sequences.step_number,
        sequences.micro_conversion,
        sequences.is_optional,
        sequences.is_of_referred_person,
        sequences.is_entry,
        sequences.may_be_skipped,
        sequences.has_rule,
        sequences.is_observable,
        windows.window_days,
        sum(case when outcomes.is_mature then outcomes.persons else 0 end) as entrants,
        sum(case when not outcomes.is_mature then outcomes.persons else 0 end) as immature_entrants,
        coalesce(min(left_out.persons), 0) as left_truncated_entrants,
        sum(
            case
                when outcomes.is_mature and outcomes.furthest_step >= sequences.step_number then outcomes.persons
                else 0
            end
        ) as reached,
        sum(
            case
                when outcomes.is_mature and {{ has_bit('outcomes.steps', 'sequences.step_number') }} then outcomes.persons
                else 0
            end
        ) as acted,
        sum(
            case
                when outcomes.is_mature and outcomes.furthest_step_of_any_attempt >= sequences.step_number
                    then outcomes.persons
                else 0
            end
        ) as reached_by_any_attempt
    from sequences
    inner join windows on sequences.sequence_id = windows.sequence_id
    cross join populations
    left join outcomes
        on sequences.sequence_id = outcomes.sequence_id and populations.is_known = outcomes.is_known
    left join left_out on sequences.sequence_id = left_out.sequence_id and populations.is_known = left_out.is_known
    group by
        sequences.sequence_id, populations.is_known, sequences.step_number, sequences.micro_conversion, sequences.is_optional,
        sequences.is_of_referred_person, sequences.is_entry, sequences.may_be_skipped, sequences.has_rule,
        sequences.is_observable, windows.window_days

),

-- A step that no rule recognises stops no person: as many reach it as the step before.
reached_steps as (

    select
        sequence_id,
        {{ person_population('is_known') }} as person_population,
        step_number,
        micro_conversion,
        is_optional,
        is_of_referred_person,
        is_entry,
        may_be_skipped,
        is_observable,
        window_days,
        cast(entrants as bigint) as entrants,
        cast(immature_entrants as bigint) as immature_entrants,
        cast(left_truncated_entrants as bigint) as left_truncated_entrants,
        cast(coalesce(
            min(case when has_rule then reached end) over (
                partition by sequence_id, is_known order by step_number
            ), entrants
        ) as bigint) as reached,
        cast(acted as bigint) as acted,
        cast(coalesce(
            min(case when has_rule then reached_by_any_attempt end) over (
                partition by sequence_id, is_known order by step_number
            ),
            entrants
        ) as bigint) as best_attempt_reached
    from steps

)

-- Steps that may be skipped lose no person: a step is compared with the last one that may not.
select
    *,
    coalesce(
        min(case when not may_be_skipped then reached end) over (
            partition by sequence_id, person_population order by step_number rows between unbounded preceding and 1 preceding
        ),
        entrants
    ) as reached_previous
from reached_steps
