with

patterns as (

    select * from {{ ref('int_path_patterns') }}

),

enough as (

    select {{ path_minimum('sum(persons)') }} as persons
    from patterns
    where is_mature

),

-- Those whom a shorter pattern is left with may be few; they are no path of their own.
frequencies as (

    select
        pattern,
        sum(persons) as persons,
        row_number() over (order by sum(persons) desc, pattern) as pattern_number
    from patterns
    where pattern is not null
    group by pattern

),

kept as (

    select frequencies.pattern
    from frequencies
    cross join enough
    where frequencies.persons >= enough.persons and frequencies.pattern_number <= {{ var('path_report_rows') }}

),

named as (

    select
        patterns.is_mature,
        patterns.persons,
        patterns.converted,
        patterns.revenue,
        case
            when not patterns.is_mature then '(followed too briefly)'
            when patterns.path_start is null then '(no micro-conversion)'
            when kept.pattern is not null then kept.pattern
            else '(all other paths)'
        end as pattern
    from patterns
    left join kept on patterns.pattern = kept.pattern

),

-- The remainder row is always there, with nobody in it when every path has a row of its own.
remainder as (

    select
        '(all other paths)' as pattern,
        true as is_mature
    where exists (select 1 from named)

),

rows_shown as (

    select
        pattern,
        is_mature
    from named
    union
    select
        pattern,
        is_mature
    from remainder

)

select
    rows_shown.pattern,
    rows_shown.is_mature,
    case when left(rows_shown.pattern, 1) <> '(' then {{ path_steps('rows_shown.pattern') }} end as path_length,
    coalesce(rows_shown.pattern like '%…', false) as goes_on,
    cast(coalesce(sum(named.persons), 0) as bigint) as persons,
    cast(coalesce(sum(named.converted), 0) as bigint) as converted,
    coalesce({{ exact_sum('named.revenue') }}, 0) as revenue
from rows_shown
left join named on rows_shown.pattern = named.pattern
group by rows_shown.pattern, rows_shown.is_mature
