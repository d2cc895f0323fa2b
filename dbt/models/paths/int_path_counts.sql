with

patterns as (

    select * from {{ ref('int_path_patterns') }}

),

minimum as (

    select {{ path_minimum('sum(persons)') }} as persons
    from patterns
    where is_mature

),

-- The persons left to a shorter pattern may be few, and then they have no row of their own.
frequencies as (

    select
        pattern,
        sum(persons) as persons,
        row_number() over (order by sum(persons) desc, pattern) as pattern_number
    from patterns
    where pattern is not null
    group by pattern

),

reported_patterns as (

    select frequencies.pattern
    from frequencies
    cross join minimum
    where frequencies.persons >= minimum.persons and frequencies.pattern_number <= {{ var('path_report_rows') }}

),

named_patterns as (

    select
        patterns.is_mature,
        patterns.persons,
        patterns.converted,
        patterns.revenue,
        case
            when not patterns.is_mature then '(followed too briefly)'
            when patterns.path_start is null then '(no micro-conversion)'
            when reported_patterns.pattern is not null then reported_patterns.pattern
            else '(all other paths)'
        end as pattern
    from patterns
    left join reported_patterns on patterns.pattern = reported_patterns.pattern

),

-- The remainder row is always there, with zero persons when every path has its own row.
remainder as (

    select
        '(all other paths)' as pattern,
        true as is_mature
    where exists (select 1 from named_patterns)

),

rows_shown as (

    select
        pattern,
        is_mature
    from named_patterns
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
    cast(coalesce(sum(named_patterns.persons), 0) as bigint) as persons,
    cast(coalesce(sum(named_patterns.converted), 0) as bigint) as converted,
    coalesce({{ exact_sum('named_patterns.revenue') }}, 0) as revenue
from rows_shown
left join named_patterns on rows_shown.pattern = named_patterns.pattern
group by rows_shown.pattern, rows_shown.is_mature
