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
    cast(counts.window_days as integer) as window_days,
    counts.entrants,
    counts.immature_entrants,
    counts.entrants > 0 as is_mature,
    counts.reached,
    counts.acted,
    case when counts.entrants > 0 then counts.reached / cast(counts.entrants as double) end as reached_rate,
    from_entry.lower as reached_lower,
    from_entry.upper as reached_upper,
    case when counts.reached_previous > 0 then counts.reached / cast(counts.reached_previous as double) end as step_rate,
    from_previous.lower as step_lower,
    from_previous.upper as step_upper,
    case when counts.reached_previous > 0 then 1 - counts.reached / cast(counts.reached_previous as double) end
        as drop_off,
    'ordered steps within their gaps, mature entrants; Wilson interval' as method
from counts
left join intervals as from_entry
    on counts.reached = from_entry.successes and counts.entrants = from_entry.trials
left join intervals as from_previous
    on counts.reached = from_previous.successes and counts.reached_previous = from_previous.trials
