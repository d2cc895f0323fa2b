with

persons as (

    select * from {{ ref('int_sequence_persons') }}

),

sequences as (

    select * from {{ ref('int_sequence_steps') }}

),

windows as (

    select
        sequence_id,
        max(step_number) as last_step,
        coalesce(sum(max_days_from_previous), 0) as window_days
    from sequences
    group by sequence_id

),

-- Only entrants whose whole window has passed can be said not to have gone on.
entrants as (

    select
        persons.sequence_id,
        persons.furthest_step,
        persons.steps,
        {{ plus_days('persons.entered_at', 'windows.window_days') }} <= {{ data_watermark() }} as is_mature
    from persons
    inner join windows on persons.sequence_id = windows.sequence_id

),

-- Few persons differ in how far they came and by which steps.
outcomes as (

    select
        sequence_id,
        furthest_step,
        steps,
        is_mature,
        count(*) as persons
    from entrants
    group by sequence_id, furthest_step, steps, is_mature

),

steps as (

    select
        sequences.sequence_id,
        sequences.step_number,
        sequences.micro_conversion,
        sequences.is_optional,
        sequences.has_rule,
        sequences.is_observable,
        windows.window_days,
        sum(case when outcomes.is_mature then outcomes.persons else 0 end) as entrants,
        sum(case when not outcomes.is_mature then outcomes.persons else 0 end) as immature_entrants,
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
        ) as acted
    from sequences
    inner join windows on sequences.sequence_id = windows.sequence_id
    left join outcomes on sequences.sequence_id = outcomes.sequence_id
    group by
        sequences.sequence_id, sequences.step_number, sequences.micro_conversion, sequences.is_optional,
        sequences.has_rule, sequences.is_observable, windows.window_days

),

-- A step that no rule recognises stops no person: as many reach it as the step before.
reached_steps as (

    select
        sequence_id,
        step_number,
        micro_conversion,
        is_optional,
        is_observable,
        window_days,
        cast(entrants as bigint) as entrants,
        cast(immature_entrants as bigint) as immature_entrants,
        cast(coalesce(
            min(case when has_rule then reached end) over (partition by sequence_id order by step_number), entrants
        ) as bigint) as reached,
        cast(acted as bigint) as acted
    from steps

)

select
    *,
    lag(reached, 1, entrants) over (partition by sequence_id order by step_number) as reached_previous
from reached_steps
