with

journeys as (

    select * from {{ ref('fct_journeys') }}

),

-- One journey per person, or persons would be counted several times: their first.
first_journeys as (

    select
        *,
        {{ plus_days('entered_at', journey_setting('journey_maturity_days')) }} <= {{ data_watermark() }} as is_mature
    from journeys
    where journey_number = 1

),

patterns as (

    select
        path,
        count(*) as persons,
        row_number() over (order by count(*) desc, path) as pattern_number
    from first_journeys
    where is_mature and path is not null
    group by path

),

named as (

    select
        first_journeys.*,
        case
            when not first_journeys.is_mature then '(followed too briefly)'
            when first_journeys.path is null then '(no micro-conversion)'
            when
                patterns.pattern_number <= {{ journey_setting('path_report_rows') }}
                and patterns.persons >= {{ journey_setting('path_minimum_persons') }}
                then first_journeys.path
            else '(all other paths)'
        end as pattern
    from first_journeys
    left join patterns on first_journeys.path = patterns.path and first_journeys.is_mature

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
    max(case when left(rows_shown.pattern, 1) <> '(' then named.path_length end) as path_length,
    count(named.journey_id) as persons,
    count(case when named.converted then 1 end) as converted,
    coalesce(sum(named.revenue), 0) as revenue
from rows_shown
left join named on rows_shown.pattern = named.pattern
group by rows_shown.pattern, rows_shown.is_mature
