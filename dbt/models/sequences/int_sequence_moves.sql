with

steps as (

    select * from {{ ref('int_sequence_steps') }}

),

pairs as (

    select
        origin.sequence_id,
        origin.step_number as from_step,
        destination.step_number as to_step,
        -- A gap without a limit has none, however short the others are.
        case
            when count(passed.max_days_from_previous) = count(*) then sum(passed.max_days_from_previous) * 86400
        end as max_seconds,
        count(case when not passed.may_be_skipped and passed.step_number < destination.step_number then 1 end)
            as required_steps_skipped
    from steps as origin
    inner join steps as destination
        on origin.sequence_id = destination.sequence_id and origin.step_number < destination.step_number
    inner join steps as passed
        on
            origin.sequence_id = passed.sequence_id
            and origin.step_number < passed.step_number
            and destination.step_number >= passed.step_number
    group by origin.sequence_id, origin.step_number, destination.step_number

)

select
    sequence_id,
    from_step,
    to_step,
    cast(max_seconds as bigint) as max_seconds
from pairs
where required_steps_skipped = 0
