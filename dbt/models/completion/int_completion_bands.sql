with

counts as (

    select *
    from {{ ref('int_completion_counts') }}
    where person_population = 'known'

),

populations as (

    select * from {{ ref('completion_populations') }}

),

bands as (

    select * from {{ ref('int_benchmark_bands') }}

),

counts_with_band as (

    select
        counts.micro_conversion,
        counts.slice_type,
        counts.slice_value,
        counts.person_population,
        case when populations.benchmark_counts = 'gross' then counts.eligible_gross else counts.eligible end as eligible,
        case when populations.benchmark_counts = 'gross' then counts.completed_gross else counts.completed end
            as completed,
        populations.benchmark_counts,
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
    where case when populations.benchmark_counts = 'gross' then counts.eligible_gross else counts.eligible end > 0

),

rates_with_band as (

    select
        *,
        {{ wilson_interval('completed', 'eligible', 'lower') }} as lower,
        {{ wilson_interval('completed', 'eligible', 'upper') }} as upper
    from counts_with_band

)

select
    *,
    {{ benchmark_status('eligible', 'lower', 'upper', 'band_lower', 'band_upper') }} as status
from rates_with_band
