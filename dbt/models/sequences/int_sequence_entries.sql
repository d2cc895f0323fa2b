with

steps as (

    select * from {{ ref('int_sequence_steps') }}

),

preceded as (

    select
        steps.sequence_id,
        steps.step_number,
        count(case when not earlier.may_be_skipped then 1 end) as required_steps_skipped
    from steps
    left join steps as earlier
        on steps.sequence_id = earlier.sequence_id and steps.step_number > earlier.step_number
    group by steps.sequence_id, steps.step_number

)

select
    sequence_id,
    step_number
from preceded
where required_steps_skipped = 0
