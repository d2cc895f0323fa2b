with

counts as (

    select * from {{ ref('int_path_counts') }}

),

estimates as (

    select * from {{ ref('int_path_estimates') }}

),

totals as (

    select
        person_population,
        path_length,
        sum(persons) as persons,
        sum(mature_persons) as mature_persons,
        sum(converted) as converted
    from counts
    group by person_population, path_length

),

rated as (

    select
        counts.*,
        counts.persons / cast(totals.persons as double) as share,
        counts.converted / cast(nullif(counts.mature_persons, 0) as double) as conversion_rate,
        totals.converted / cast(nullif(totals.mature_persons, 0) as double) as overall_rate,
        estimates.shrunken_rate,
        estimates.p_value,
        estimates.q_value
    from counts
    inner join totals
        on counts.person_population = totals.person_population and counts.path_length = totals.path_length
    inner join estimates
        on
            counts.person_population = estimates.person_population
            and counts.path_length = estimates.path_length
            and counts.path = estimates.path

)

select
    person_population,
    cast(path_length as integer) as path_length,
    path,
    is_remainder,
    persons,
    share,
    mature_persons,
    persons - mature_persons as immature_persons,
    mature_persons > 0 as is_mature,
    converted,
    conversion_rate,
    {{ wilson_interval('converted', 'mature_persons', 'lower') }} as lower,
    {{ wilson_interval('converted', 'mature_persons', 'upper') }} as upper,
    shrunken_rate,
    overall_rate,
    case when overall_rate > 0 then conversion_rate / overall_rate end as lift,
    p_value,
    q_value,
    cast({{ var('path_horizon_days') }} as integer) as horizon_days,
    revenue,
    net_revenue,
    unconverted_orders,
    'first journey of each person, followed for the horizon since the last step shown; Wilson interval; beta-binomial'
    || ' shrinkage; test against all other paths of as many steps, Benjamini-Hochberg over all rows' as method
from rated
