{{ config(tags=['analysis']) }}

with

persons as (

    select * from {{ ref('dim_persons') }}

),

cohorts as (

    select * from {{ ref('rpt_cohorts') }}

),

completion_rates as (

    select * from {{ ref('rpt_completion_rates') }}

),

funnels as (

    select * from {{ ref('rpt_funnels') }}

),

stage_transitions as (

    select * from {{ ref('rpt_stage_transitions') }}

),

paths as (

    select * from {{ ref('rpt_micro_conversion_paths') }}

),

bounds as (

    select * from {{ ref('int_identity_bounds') }}

),

rates as (

    select
        'dim_persons' as report,
        'has a browser' as figure,
        person_kind <> 'device' as is_known,
        1 as persons,
        case when devices > 0 then 1 else 0 end as reached
    from persons
    union all
    select
        'rpt_cohorts',
        'active in ' || cohort_grain || ' ' || cast(period_number as string),
        person_population = 'known',
        cohort_size,
        active
    from cohorts
    where cohort_by = 'first_touch' and is_mature and period_number > 0
    union all
    select
        'rpt_completion_rates',
        micro_conversion,
        person_population = 'known',
        eligible,
        completed
    from completion_rates
    where population = 'persons' and slice_type = 'overall'
    union all
    select
        'rpt_funnels',
        sequence_id || ' ' || cast(step_number as string) || ': ' || micro_conversion,
        person_population = 'known',
        entrants,
        reached
    from funnels
    where is_observable and not is_entry
    union all
    select
        'rpt_stage_transitions',
        from_stage || ' to ' || to_stage,
        person_population = 'known',
        persons_at_risk,
        reached
    from stage_transitions
    union all
    select
        'rpt_micro_conversion_paths',
        'converted after ' || cast(path_length as string) || ' steps',
        person_population = 'known',
        mature_persons,
        converted
    from paths

),

counts as (

    select
        report,
        figure,
        cast(sum(case when is_known then persons else 0 end) as bigint) as known_persons,
        cast(sum(case when is_known then reached else 0 end) as bigint) as known_reached,
        cast(sum(case when is_known then 0 else persons end) as bigint) as device_persons,
        cast(sum(case when is_known then 0 else reached end) as bigint) as device_reached
    from rates
    group by report, figure

),

rates_with_bounds as (

    select
        counts.*,
        coalesce(bounds.linked_later, 0) as linked_later,
        coalesce(bounds.linked_later_reached, 0) as linked_later_reached,
        coalesce(bounds.browsers, 0) as unlinked_browsers,
        coalesce(bounds.could_reach, 0) as could_reach,
        least(coalesce(bounds.linked_later - bounds.linked_later_reached, 0), coalesce(bounds.browsers, 0)) as later_could_reach
    from counts
    left join bounds on counts.report = bounds.report and counts.figure = bounds.figure

),

rates_if as (

    select
        *,
        known_reached / cast(nullif(known_persons, 0) as double) as known_rate,
        device_reached / cast(nullif(device_persons, 0) as double) as device_rate,
        (known_reached + linked_later_reached) / cast(nullif(known_persons + linked_later, 0) as double) as rate_with_linked_later,
        (known_reached + could_reach) / cast(nullif(known_persons, 0) as double) as highest_of_known,
        (known_reached + linked_later_reached + could_reach + later_could_reach)
        / cast(nullif(known_persons + linked_later, 0) as double) as highest_with_linked_later
    from rates_with_bounds

)

select
    report,
    figure,
    known_persons,
    known_reached,
    known_rate,
    {{ wilson_interval('known_reached', 'known_persons', 'lower') }} as known_lower,
    {{ wilson_interval('known_reached', 'known_persons', 'upper') }} as known_upper,
    device_persons,
    device_reached,
    device_rate,
    {{ wilson_interval('device_reached', 'device_persons', 'lower') }} as device_lower,
    {{ wilson_interval('device_reached', 'device_persons', 'upper') }} as device_upper,
    device_persons / cast(nullif(known_persons + device_persons, 0) as double) as device_share,
    linked_later,
    linked_later_reached,
    unlinked_browsers,
    could_reach,
    case when known_persons > 0 then rate_with_linked_later end as rate_with_linked_later,
    case when known_persons > 0 then least(known_rate, rate_with_linked_later) end as lowest_rate,
    case when known_persons > 0 then greatest(highest_of_known, highest_with_linked_later) end as highest_rate,
    case
        when known_persons > 0
            then greatest(highest_of_known, highest_with_linked_later) - least(known_rate, rate_with_linked_later)
    end as bounds_width,
    'first known touch is the first touch; one browser is of one person' as bounds_assumption,
    'counts of the report over all its mature rows; Wilson intervals; bounds of identification, no interval' as method
from rates_if
where known_persons + device_persons > 0
