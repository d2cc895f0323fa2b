with

sequences as (

    select * from {{ ref('journey_sequences') }}

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

),

referral_edges as (

    select * from {{ ref('int_referral_edges') }}

),

-- A step that no rule recognises cannot be observed, so it is not required.
steps as (

    select
        sequences.sequence_id,
        sequences.step_number,
        sequences.micro_conversion,
        sequences.is_optional,
        sequences.max_days_from_previous,
        sequences.is_of_referred_person,
        observable.has_rule,
        observable.is_observable
        and (not sequences.is_of_referred_person or exists (select 1 from referral_edges)) as is_observable,
        sequences.is_optional or not observable.has_rule as may_be_skipped
    from sequences
    inner join observable on sequences.micro_conversion = observable.micro_conversion

),

-- The unit of a funnel is a person's first entry: the first step that may not be skipped.
entries as (

    select
        sequence_id,
        coalesce(min(case when not may_be_skipped then step_number end), min(step_number)) as entry_step
    from steps
    group by sequence_id

),

-- A step after a required one that these sources never report cannot be observed, either.
steps_with_barrier as (

    select
        *,
        max(case when is_observable or may_be_skipped then 0 else 1 end) over (
            partition by sequence_id order by step_number
        ) = 1 as is_behind_unobservable_step
    from steps

)

select
    steps_with_barrier.sequence_id,
    steps_with_barrier.step_number,
    steps_with_barrier.micro_conversion,
    steps_with_barrier.is_optional,
    steps_with_barrier.max_days_from_previous,
    steps_with_barrier.is_of_referred_person,
    steps_with_barrier.has_rule,
    steps_with_barrier.is_observable and not steps_with_barrier.is_behind_unobservable_step as is_observable,
    steps_with_barrier.may_be_skipped,
    steps_with_barrier.step_number = entries.entry_step as is_entry,
    steps_with_barrier.step_number < entries.entry_step as is_before_entry
from steps_with_barrier
inner join entries on steps_with_barrier.sequence_id = entries.sequence_id
