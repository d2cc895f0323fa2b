with

expectations as (

    select * from {{ ref('benchmark_expectations') }}

),

bands as (

    select * from {{ ref('int_benchmark_bands') }}

),

expected_ranges as (

    select
        expectations.basis,
        expectations.subject,
        expectations.population,
        expectations.exposure,
        expectations.counts,
        case when expectations.basis = 'predecessor' then bands.micro_conversion end as micro_conversion,
        bands.band_lower,
        bands.band_upper,
        bands.band_source,
        bands.benchmark_ids,
        bands.denominators,
        bands.latest_year
    from expectations
    inner join bands
        on
            expectations.metric = bands.metric
            and expectations.scope = bands.scope
            and expectations.micro_conversion is not distinct from bands.micro_conversion

)

select
    basis,
    subject,
    population,
    exposure,
    counts,
    micro_conversion,
    min(band_lower) as band_lower,
    max(band_upper) as band_upper,
    case when count(*) > 1 then 'spread_of_figures' else min(band_source) end as band_source,
    {{ joined_text('benchmark_ids', ', ', 'benchmark_ids') }} as benchmark_ids,
    {{ distinct_text('denominators') }} as denominator,
    max(latest_year) as benchmark_year
from expected_ranges
group by basis, subject, population, exposure, counts, micro_conversion
