with

steps as (

    select * from {{ ref('int_sequence_steps') }}

)

select
    sequence_id,
    step_number
from steps
where is_entry
