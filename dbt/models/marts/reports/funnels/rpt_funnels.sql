with

counts as (

    select * from {{ ref('int_funnel_counts') }}

),

intervals as (

    select * from {{ ref('int_rate_intervals') }}

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
    case when counts.is_observable then from_entry.lower end as reached_lower,
    case when counts.is_observable then from_entry.upper end as reached_upper,
    case
        when counts.is_observable and counts.reached_previous > 0
            then counts.reached / cast(counts.reached_previous as double)
    end as step_rate,
    case when counts.is_observable then from_previous.lower end as step_lower,
    case when counts.is_observable then from_previous.upper end as step_upper,
    case
        when counts.is_observable and counts.reached_previous > 0
            then 1 - counts.reached / cast(counts.reached_previous as double)
    end as drop_off,
    'ordered steps within their gaps, mature entrants; Wilson interval' as method
from counts
left join intervals as from_entry
    on counts.reached = from_entry.successes and counts.entrants = from_entry.trials
left join intervals as from_previous
    on counts.reached = from_previous.successes and counts.reached_previous = from_previous.trials
