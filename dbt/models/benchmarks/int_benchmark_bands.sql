with

benchmarks as (

    select * from {{ ref('benchmarks') }}

),

comparable_figures as (

    select
        *,
        coalesce(lower, upper) is not null as has_range
    from benchmarks
    where
        unit = 'proportion'
        and mpp_era in ('{{ var("benchmark_era") }}', 'not_applicable')
        and industry in ('{{ var("benchmark_industries") | join("', '") }}')
        and region = '{{ var("benchmark_region") }}'

),

-- A limit to stay below or above is a range that is open to the other side.
figure_ranges as (

    select
        metric,
        micro_conversion,
        scope,
        max(case when has_range then 1 else 0 end) = 1 as has_range,
        min(coalesce(lower, case when upper is null then value else 0 end)) as lowest,
        max(coalesce(upper, case when lower is null then value else 1 end)) as highest,
        {{ distinct_text('benchmark_id') }} as benchmark_ids,
        {{ distinct_text('denominator') }} as denominators,
        cast(max(data_year) as integer) as latest_year
    from comparable_figures
    group by metric, micro_conversion, scope

),

-- A single figure is not exact: with a band without width every large sample would be outside.
ranges_with_source as (

    select
        *,
        case
            when has_range then 'published_range'
            when lowest < highest then 'spread_of_figures'
            else 'single_figure_tolerance'
        end as band_source
    from figure_ranges

)

select
    metric,
    micro_conversion,
    scope,
    case
        when band_source = 'single_figure_tolerance' then lowest * (1 - {{ var('benchmark_relative_tolerance') }})
        else lowest
    end as band_lower,
    case
        when band_source = 'single_figure_tolerance'
            then least(1.0, highest * (1 + {{ var('benchmark_relative_tolerance') }}))
        else highest
    end as band_upper,
    band_source,
    benchmark_ids,
    denominators,
    latest_year
from ranges_with_source
