with

counts as (

    select * from {{ ref('int_path_counts') }}

),

totals as (

    select
        sum(persons) as persons,
        sum(case when is_mature then persons end) as mature_persons,
        sum(case when is_mature then converted end) as mature_converted
    from counts

),

-- Persons followed too briefly have a row and a share, but no rate.
rated as (

    select
        counts.*,
        counts.persons / cast(totals.persons as double) as share,
        case when counts.is_mature and counts.persons > 0 then counts.converted / cast(counts.persons as double) end
            as conversion_rate,
        case when totals.mature_persons > 0 then totals.mature_converted / cast(totals.mature_persons as double) end
            as overall_conversion_rate
    from counts
    cross join totals

)

select
    rated.pattern as path,
    rated.pattern = '(all other paths)' as is_remainder,
    rated.is_mature,
    rated.goes_on,
    cast(rated.path_length as integer) as path_length,
    rated.persons,
    rated.share,
    rated.converted,
    rated.conversion_rate,
    case when rated.is_mature then {{ wilson_interval('rated.converted', 'rated.persons', 'lower') }} end as lower,
    case when rated.is_mature then {{ wilson_interval('rated.converted', 'rated.persons', 'upper') }} end as upper,
    case when rated.overall_conversion_rate > 0 then rated.conversion_rate / rated.overall_conversion_rate end as lift,
    cast(rated.revenue as double) as revenue,
    'first journey of each person; Wilson interval' as method
from rated
