with

declared as (

    select * from {{ ref('series_breaks') }}

),

versions as (

    select
        *,
        row_number() over (partition by source order by built_at) as version_number
    from {{ ref('int_machine_rule_versions') }}

),

counted_by_rules as (

    select 'open' as counts
    union all
    select 'click'

),

-- The first rules are no change.
changes_of_rules as (

    select
        versions.built_at as break_at,
        versions.source,
        counted_by_rules.counts,
        'machine rules of ' || versions.source || ' changed (version ' || cast(versions.version as string) || ')'
            as reason
    from versions
    cross join counted_by_rules
    where versions.version_number > 1

)

select
    cast(break_on as timestamp) as break_at,
    source,
    counts,
    reason
from declared
union all
select
    break_at,
    source,
    counts,
    reason
from changes_of_rules
