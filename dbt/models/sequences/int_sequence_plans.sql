with

steps as (

    select * from {{ ref('int_sequence_steps') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

entries as (

    select
        sequence_id,
        step_number as entry_step
    from steps
    where is_entry

),

-- The outcome is the first macro-conversion that the sequence leads to: what stands at or after it does not belong to the way.
steps_on_the_way as (

    select
        steps.*,
        entries.entry_step,
        coalesce(
            max(case when types.polarity = 'macro' and steps.step_number > entries.entry_step then 1 else 0 end) over (
                partition by steps.sequence_id order by steps.step_number
                rows between unbounded preceding and current row
            ),
            0
        ) = 0 as is_on_the_way
    from steps
    inner join entries on steps.sequence_id = entries.sequence_id
    inner join types on steps.micro_conversion = types.micro_conversion
    where steps.step_number >= entries.entry_step

),

completing_steps as (

    select
        sequence_id,
        entry_step,
        max(case when not may_be_skipped then step_number end) as completing_step
    from steps_on_the_way
    where is_on_the_way
    group by sequence_id, entry_step

),

-- A gap without a limit has none, however short the others are.
windows as (

    select
        completing_steps.sequence_id,
        case
            when count(steps.max_days_from_previous) = count(steps.step_number) then sum(steps.max_days_from_previous)
        end as window_days
    from completing_steps
    left join steps
        on
            completing_steps.sequence_id = steps.sequence_id
            and completing_steps.entry_step < steps.step_number
            and completing_steps.completing_step >= steps.step_number
    group by completing_steps.sequence_id

)

select
    completing_steps.sequence_id,
    completing_steps.completing_step,
    steps.micro_conversion,
    steps.is_observable,
    completing_steps.completing_step > completing_steps.entry_step as has_way,
    windows.window_days
from completing_steps
inner join windows on completing_steps.sequence_id = windows.sequence_id
inner join steps
    on
        completing_steps.sequence_id = steps.sequence_id
        and completing_steps.completing_step = steps.step_number
