with

progress as (

    select * from {{ ref('int_sequence_progress') }}

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

-- A person's furthest step, and when they first entered.
persons as (

    select
        sequence_id,
        person_key,
        min(occurred_at) as entered_at,
        max(step_number) as furthest_step
    from progress
    group by sequence_id, person_key

),

-- Only entrants whose whole window has passed can be said not to have gone on.
entrants as (

    select
        persons.*,
        {{ plus_days('persons.entered_at', 'windows.window_days') }} <= {{ data_watermark() }} as is_mature
    from persons
    inner join windows on persons.sequence_id = windows.sequence_id

),

acted as (

    select
        progress.sequence_id,
        progress.step_number,
        count(distinct progress.person_key) as acted
    from progress
    inner join entrants
        on progress.sequence_id = entrants.sequence_id and progress.person_key = entrants.person_key
    where entrants.is_mature
    group by progress.sequence_id, progress.step_number

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
        count(case when entrants.is_mature then 1 end) as entrants,
        count(case when not entrants.is_mature then 1 end) as immature_entrants,
        count(case when entrants.is_mature and entrants.furthest_step >= sequences.step_number then 1 end) as reached
    from sequences
    inner join windows on sequences.sequence_id = windows.sequence_id
    left join entrants on sequences.sequence_id = entrants.sequence_id
    group by
        sequences.sequence_id, sequences.step_number, sequences.micro_conversion, sequences.is_optional,
        sequences.has_rule, sequences.is_observable, windows.window_days

),

-- Nobody can be said to have stopped at a step that no rule tells: as many reach it as the step before.
carried as (

    select
        sequence_id,
        step_number,
        micro_conversion,
        is_optional,
        is_observable,
        window_days,
        entrants,
        immature_entrants,
        coalesce(
            min(case when has_rule then reached end) over (partition by sequence_id order by step_number), entrants
        ) as reached
    from steps

)

select
    carried.*,
    coalesce(acted.acted, 0) as acted,
    lag(carried.reached, 1, carried.entrants) over (
        partition by carried.sequence_id order by carried.step_number
    ) as reached_previous
from carried
left join acted on carried.sequence_id = acted.sequence_id and carried.step_number = acted.step_number
