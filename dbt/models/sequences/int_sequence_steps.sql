with

sequences as (

    select * from {{ ref('journey_sequences') }}

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

),

-- A step that no rule recognises cannot be observed, so it is not required.
steps as (

    select
        sequences.sequence_id,
        sequences.step_number,
        sequences.micro_conversion,
        sequences.is_optional,
        sequences.max_days_from_previous,
        observable.has_rule,
        observable.is_observable,
        sequences.is_optional or not observable.has_rule as may_be_skipped
    from sequences
    inner join observable on sequences.micro_conversion = observable.micro_conversion

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
    sequence_id,
    step_number,
    micro_conversion,
    is_optional,
    max_days_from_previous,
    has_rule,
    is_observable and not is_behind_unobservable_step as is_observable,
    may_be_skipped
from steps_with_barrier
