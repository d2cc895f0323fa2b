with

progress as (

    select * from {{ delta('int_sequence_progress') }}

),

sequences as (

    select * from {{ ref('journey_sequences') }}

),

last_required_steps as (

    select
        sequence_id,
        max(step_number) as step_number
    from sequences
    where not is_optional
    group by sequence_id

),

completions as (

    select distinct
        progress.journey_id,
        progress.sequence_id
    from progress
    inner join last_required_steps
        on
            progress.sequence_id = last_required_steps.sequence_id
            and progress.step_number = last_required_steps.step_number

)

select
    journey_id,
    {{ sorted_list('sequence_id') }} as sequence_ids
from completions
group by journey_id
