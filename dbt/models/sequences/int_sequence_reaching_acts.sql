with

steps as (

    select * from {{ ref('int_sequence_steps') }}

),

step_types as (

    select * from {{ ref('int_sequence_step_types') }}

),

-- A later step counts as reaching an earlier one, and none that must be taken can be left out.
ranges as (

    select
        sequence_id,
        step_number,
        micro_conversion as step,
        coalesce(
            min(case when not may_be_skipped then step_number end) over from_here, max(step_number) over from_here
        ) as last_step_number
    from steps
    window from_here as (
        partition by sequence_id order by step_number rows between current row and unbounded following
    )

)

select distinct
    ranges.sequence_id,
    ranges.step_number,
    ranges.step,
    step_types.micro_conversion
from ranges
inner join step_types
    on
        ranges.sequence_id = step_types.sequence_id
        and ranges.step_number <= step_types.step_number
        and ranges.last_step_number >= step_types.step_number
