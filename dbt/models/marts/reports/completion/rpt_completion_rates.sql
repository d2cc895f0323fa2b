with

counts as (

    select * from {{ ref('int_completion_counts') }}

),

populations as (

    select * from {{ ref('completion_populations') }}

),

intervals as (

    select * from {{ ref('int_rate_intervals') }}

),

bands as (

    select * from {{ ref('int_completion_bands') }}

),

statuses as (

    select * from {{ ref('int_completion_statuses') }}

)

select
    counts.micro_conversion,
    counts.slice_type,
    counts.slice_value,
    populations.population,
    populations.exposure,
    populations.window_days,
    counts.eligible,
    counts.immature,
    counts.immature = 0 as is_mature,
    counts.completed,
    case when counts.eligible > 0 then counts.completed / cast(counts.eligible as double) end as rate,
    intervals.lower,
    intervals.upper,
    counts.completed_gross,
    case when counts.eligible > 0 then counts.completed_gross / cast(counts.eligible as double) end as rate_gross,
    bands.metric as benchmark_metric,
    bands.scope as benchmark_scope,
    bands.benchmark_counts,
    bands.band_lower as benchmark_lower,
    bands.band_upper as benchmark_upper,
    bands.band_source as benchmark_band_source,
    bands.benchmark_ids,
    bands.denominators as benchmark_denominator,
    bands.latest_year as benchmark_year,
    statuses.status,
    'completed within the window of the first exposure, mature exposures; Wilson interval' as method
from counts
inner join populations on counts.micro_conversion = populations.micro_conversion
left join intervals on counts.completed = intervals.successes and counts.eligible = intervals.trials
left join bands
    on
        counts.micro_conversion = bands.micro_conversion
        and counts.slice_type = bands.slice_type
        and counts.slice_value = bands.slice_value
left join statuses
    on
        counts.micro_conversion = statuses.micro_conversion
        and counts.slice_type = statuses.slice_type
        and counts.slice_value = statuses.slice_value
