{%- set longest = var('path_first_steps') -%}

with

journeys as (

    select * from {{ ref('int_journeys') }}

),

-- One journey per person, or persons would be counted several times: their first.
first_journeys as (

    select
        *,
        least(path_length, {{ longest }}) as steps,
        {{ plus_days('entered_at', var('journey_maturity_days')) }} <= {{ data_watermark() }} as is_mature
    from journeys
    where journey_number = 1

),

-- Far fewer than persons: from here on every start is processed once.
starts as (

    select
        path_start,
        steps,
        is_mature,
        count(*) as persons,
        count(ended_at) as converted,
        {{ exact_sum('revenue') }} as revenue
    from first_journeys
    group by path_start, steps, is_mature

),

candidates as (

    {%- for steps in range(1, longest + 1) %}
    select
        path_start,
        persons,
        {{ steps }} as steps,
        {{ path_pattern('path_start', 'starts.steps', steps) }} as pattern
    from starts
    where is_mature and starts.steps >= {{ steps }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

minimum as (

    select {{ path_minimum('sum(persons)') }} as persons
    from starts
    where is_mature

),

frequent_patterns as (

    select candidates.pattern
    from candidates
    cross join minimum
    group by candidates.pattern, minimum.persons
    having sum(candidates.persons) >= minimum.persons

),

-- Every person counts under the longest pattern that minimum others share.
longest_frequent as (

    select
        candidates.path_start,
        max(candidates.steps) as steps
    from candidates
    where candidates.pattern in (select pattern from frequent_patterns)
    group by candidates.path_start

),

longest_patterns as (

    select
        candidates.path_start,
        candidates.pattern
    from candidates
    inner join longest_frequent
        on candidates.path_start = longest_frequent.path_start and candidates.steps = longest_frequent.steps

)

select
    starts.path_start,
    starts.is_mature,
    starts.persons,
    starts.converted,
    starts.revenue,
    longest_patterns.pattern
from starts
left join longest_patterns on starts.is_mature and starts.path_start = longest_patterns.path_start
