with

rates as (

    select * from {{ ref('int_benchmark_rates') }}

),

positions as (

    select * from {{ ref('int_benchmark_positions') }}

)

select
    rates.micro_conversion,
    rates.slice_type,
    rates.slice_value,
    rates.basis,
    rates.subject,
    rates.period,
    rates.series_break_at,
    rates.series_break_reason,
    rates.n,
    rates.completed,
    rates.completed / cast(rates.n as double) as rate,
    positions.lower,
    positions.upper,
    positions.band_lower,
    positions.band_upper,
    positions.band_source,
    positions.figures as own_figures,
    rates.benchmark_ids,
    rates.benchmark_year,
    rates.denominator,
    positions.status,
    'Wilson interval against the band; bands of own figures hold all of their kind together' as method
from rates
inner join positions
    on
        rates.micro_conversion = positions.micro_conversion
        and rates.slice_type = positions.slice_type
        and rates.slice_value = positions.slice_value
        and rates.basis = positions.basis
