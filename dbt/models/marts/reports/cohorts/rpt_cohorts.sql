with

counts as (

    select * from {{ ref('int_cohort_counts') }}

),

completions as (

    select * from {{ ref('int_cohort_completions') }}

)

select
    counts.cohort_by,
    counts.cohort_grain,
    counts.person_population,
    counts.cohort_start,
    counts.is_left_truncated,
    cast(counts.period_number as integer) as period_number,
    counts.period_start,
    counts.cohort_size,
    counts.is_mature,
    counts.active,
    counts.active / cast(counts.cohort_size as double) as retained_rate,
    {{ wilson_interval('counts.active', 'counts.cohort_size', 'lower') }} as retained_lower,
    {{ wilson_interval('counts.active', 'counts.cohort_size', 'upper') }} as retained_upper,
    cast(counts.micro_conversions as bigint) as micro_conversions,
    cast(counts.macro_conversions as bigint) as macro_conversions,
    cast(counts.cumulative_conversions as bigint) as cumulative_conversions,
    cast(counts.cumulative_converters as bigint) as cumulative_converters,
    counts.cumulative_converters / cast(counts.cohort_size as double) as cumulative_conversion_rate,
    {{ wilson_interval('counts.cumulative_converters', 'counts.cohort_size', 'lower') }}
        as cumulative_conversion_lower,
    {{ wilson_interval('counts.cumulative_converters', 'counts.cohort_size', 'upper') }}
        as cumulative_conversion_upper,
    counts.cumulative_revenue,
    counts.cumulative_net_revenue,
    cast(counts.cumulative_unconverted_orders as bigint) as cumulative_unconverted_orders,
    completions.projected_converters,
    completions.projected_converters_lower,
    completions.projected_converters_upper,
    completions.converters_back_test_cells,
    completions.converters_back_test_covered,
    completions.converters_back_test_covered_after,
    completions.converters_interval_factor,
    completions.converters_interval_basis,
    completions.projected_revenue,
    completions.projected_revenue_lower,
    completions.projected_revenue_upper,
    completions.revenue_back_test_cells,
    completions.revenue_back_test_covered,
    completions.revenue_back_test_covered_after,
    completions.revenue_interval_factor,
    completions.revenue_interval_basis,
    'calendar periods in UTC; Wilson intervals; chain-ladder with log-normal intervals by Mack, widened where fewer than 90 % of the cells of the back-test lay in theirs; revenue in {{ var("reporting_currency") }}'
        as method
from counts
inner join completions
    on
        counts.cohort_by = completions.cohort_by
        and counts.cohort_grain = completions.cohort_grain
        and counts.person_population = completions.person_population
        and counts.is_left_truncated = completions.is_left_truncated
        and counts.cohort_start = completions.cohort_start
        and counts.period_number = completions.period_number
