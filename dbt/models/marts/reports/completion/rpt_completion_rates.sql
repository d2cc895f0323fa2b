with

counts as (

    select * from {{ ref('int_completion_counts') }}

),

populations as (

    select * from {{ ref('completion_populations') }}

),

bands as (

    select * from {{ ref('int_completion_bands') }}

)

select
    counts.micro_conversion,
    counts.slice_type,
    counts.slice_value,
    populations.population,
    counts.person_population,
    populations.exposure,
    populations.window_days,
    counts.eligible,
    counts.immature,
    counts.immature = 0 as is_mature,
    counts.completed,
    case when counts.eligible > 0 then counts.completed / cast(counts.eligible as double) end as rate,
    {{ wilson_interval('counts.completed', 'counts.eligible', 'lower') }} as lower,
    {{ wilson_interval('counts.completed', 'counts.eligible', 'upper') }} as upper,
    counts.eligible_gross,
    counts.completed_gross,
    case when counts.eligible_gross > 0 then counts.completed_gross / cast(counts.eligible_gross as double) end
        as rate_gross,
    bands.metric as benchmark_metric,
    bands.scope as benchmark_scope,
    bands.benchmark_counts,
    bands.band_lower as benchmark_lower,
    bands.band_upper as benchmark_upper,
    bands.band_source as benchmark_band_source,
    bands.benchmark_ids,
    bands.denominators as benchmark_denominator,
    bands.latest_year as benchmark_year,
    bands.status,
    'completed within the window of the first exposure, mature exposures; Wilson interval' as method
from counts
inner join populations on counts.micro_conversion = populations.micro_conversion
left join bands
    on
        counts.micro_conversion = bands.micro_conversion
        and counts.slice_type = bands.slice_type
        and counts.slice_value = bands.slice_value
        and counts.person_population = bands.person_population
