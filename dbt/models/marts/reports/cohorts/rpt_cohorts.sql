with

counts as (

    select * from {{ ref('int_cohort_counts') }}

),

intervals as (

    select * from {{ ref('int_rate_intervals') }}

)

select
    counts.cohort_grain,
    counts.cohort_start,
    cast(counts.period_number as integer) as period_number,
    counts.period_start,
    counts.cohort_size,
    counts.is_mature,
    counts.active,
    counts.active / cast(counts.cohort_size as double) as retained_rate,
    retained.lower as retained_lower,
    retained.upper as retained_upper,
    cast(counts.micro_conversions as bigint) as micro_conversions,
    cast(counts.macro_conversions as bigint) as macro_conversions,
    cast(counts.cumulative_conversions as bigint) as cumulative_conversions,
    cast(counts.cumulative_converters as bigint) as cumulative_converters,
    counts.cumulative_converters / cast(counts.cohort_size as double) as cumulative_conversion_rate,
    converted.lower as cumulative_conversion_lower,
    converted.upper as cumulative_conversion_upper,
    cast(counts.cumulative_revenue as double) as cumulative_revenue,
    'cohort of first touch, calendar periods in UTC; Wilson interval' as method
from counts
left join intervals as retained
    on counts.active = retained.successes and counts.cohort_size = retained.trials
left join intervals as converted
    on counts.cumulative_converters = converted.successes and counts.cohort_size = converted.trials
