{{ config(materialized='incremental', unique_key='person_key') }}

with

progress as (

    select * from {{ delta('int_sequence_progress') }}

)

-- Bit k of `steps` is set when the person took step k.
select
    sequence_id,
    person_key,
    min(occurred_at) as entered_at,
    max(step_number) as furthest_step,
    bit_or(cast(power(2, step_number) as integer)) as steps
from progress
group by sequence_id, person_key
