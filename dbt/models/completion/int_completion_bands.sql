with

counts as (

    select * from {{ ref('int_completion_counts') }}

),

populations as (

    select * from {{ ref('completion_populations') }}

),

bands as (

    select * from {{ ref('int_benchmark_bands') }}

),

intervals as (

    select * from {{ ref('int_rate_intervals') }}

)

select
    counts.micro_conversion,
    counts.slice_type,
    counts.slice_value,
    counts.eligible,
    populations.benchmark_counts,
    intervals.lower,
    intervals.upper,
    bands.metric,
    bands.scope,
    bands.band_lower,
    bands.band_upper,
    bands.band_source,
    bands.benchmark_ids,
    bands.denominators,
    bands.latest_year
from counts
inner join populations on counts.micro_conversion = populations.micro_conversion
inner join bands
    on
        populations.benchmark_metric = bands.metric
        and counts.micro_conversion = bands.micro_conversion
        and coalesce(populations.benchmark_scope, counts.slice_scope) = bands.scope
inner join intervals
    on
        counts.eligible = intervals.trials
        and case when populations.benchmark_counts = 'gross' then counts.completed_gross else counts.completed end
        = intervals.successes
