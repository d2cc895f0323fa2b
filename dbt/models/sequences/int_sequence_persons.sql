{{ config(materialized='incremental', unique_key='person_key') }}

with

progress as (

    select * from {{ delta('int_sequence_progress') }}

),

entries as (

    select * from {{ ref('int_sequence_entries') }}

)

-- Bit k of `steps` is set when the person took step k.
select
    progress.sequence_id,
    progress.person_key,
    min(case when progress.step_number = entries.step_number then progress.occurred_at end) as entered_at,
    min_by(
        progress.is_known, case when progress.step_number = entries.step_number then progress.act_position end
    ) as is_known,
    max(case when progress.is_first_attempt then progress.step_number end) as furthest_step,
    bit_or(case when progress.is_first_attempt then cast(power(2, progress.step_number) as integer) end) as steps,
    max(progress.step_number) as furthest_step_of_any_attempt
from progress
inner join entries on progress.sequence_id = entries.sequence_id
group by progress.sequence_id, progress.person_key
