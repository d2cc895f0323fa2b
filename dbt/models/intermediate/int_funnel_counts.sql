with

progress as (

    select * from {{ ref('int_sequence_progress') }}

),

sequences as (

    select * from {{ ref('journey_sequences') }}

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
        windows.window_days,
        count(case when entrants.is_mature then 1 end) as entrants,
        count(case when not entrants.is_mature then 1 end) as immature_entrants,
        count(case when entrants.is_mature and entrants.furthest_step >= sequences.step_number then 1 end) as reached
    from sequences
    inner join windows on sequences.sequence_id = windows.sequence_id
    left join entrants on sequences.sequence_id = entrants.sequence_id
    group by
        sequences.sequence_id, sequences.step_number, sequences.micro_conversion, sequences.is_optional,
        windows.window_days

)

select
    steps.*,
    coalesce(acted.acted, 0) as acted,
    lag(steps.reached, 1, steps.entrants) over (
        partition by steps.sequence_id order by steps.step_number
    ) as reached_previous
from steps
left join acted on steps.sequence_id = acted.sequence_id and steps.step_number = acted.step_number
