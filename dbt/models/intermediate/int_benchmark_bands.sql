with

benchmarks as (

    select * from {{ ref('benchmarks') }}

),

comparable as (

    select *
    from benchmarks
    where
        unit = 'proportion'
        and mpp_era in ('{{ journey_setting("benchmark_era") }}', 'not_applicable')
        and industry in ('{{ journey_setting("benchmark_industries") | join("', '") }}')
        and region = '{{ journey_setting("benchmark_region") }}'

)

select
    metric,
    micro_conversion,
    scope,
    min(coalesce(lower, value)) as band_lower,
    max(coalesce(upper, value)) as band_upper,
    {{ distinct_text('benchmark_id') }} as benchmark_ids,
    {{ distinct_text('denominator') }} as denominators,
    cast(max(data_year) as integer) as latest_year
from comparable
group by metric, micro_conversion, scope
