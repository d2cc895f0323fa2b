with

counts as (

    select * from {{ ref('int_funnel_counts') }}

)

select
    counts.sequence_id,
    cast(counts.step_number as integer) as step_number,
    counts.micro_conversion,
    counts.is_optional,
    counts.is_observable,
    cast(counts.window_days as integer) as window_days,
    counts.entrants,
    counts.immature_entrants,
    counts.entrants > 0 as is_mature,
    counts.reached,
    counts.acted,
    case when counts.is_observable and counts.entrants > 0 then counts.reached / cast(counts.entrants as double) end as reached_rate,
    case when counts.is_observable then {{ wilson_interval('counts.reached', 'counts.entrants', 'lower') }} end
        as reached_lower,
    case when counts.is_observable then {{ wilson_interval('counts.reached', 'counts.entrants', 'upper') }} end
        as reached_upper,
    case
        when counts.is_observable and counts.reached_previous > 0
            then counts.reached / cast(counts.reached_previous as double)
    end as step_rate,
    case when counts.is_observable then {{ wilson_interval('counts.reached', 'counts.reached_previous', 'lower') }} end
        as step_lower,
    case when counts.is_observable then {{ wilson_interval('counts.reached', 'counts.reached_previous', 'upper') }} end
        as step_upper,
    case
        when counts.is_observable and counts.reached_previous > 0
            then 1 - counts.reached / cast(counts.reached_previous as double)
    end as drop_off,
    'ordered steps within their gaps, mature entrants; Wilson interval' as method
from counts
