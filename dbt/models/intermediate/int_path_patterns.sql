{%- set longest = var('path_first_steps') -%}

with

journeys as (

    select * from {{ ref('fct_journeys') }}

),

-- One journey per person, or persons would be counted several times: their first.
first_journeys as (

    select
        *,
        {{ plus_days('entered_at', var('journey_maturity_days')) }} <= {{ data_watermark() }} as is_mature,
        -- Long paths are taken apart once, not once for every number of steps.
        {{ first_steps('path', longest + 1) }} as path_start
    from journeys
    where journey_number = 1

),

candidates as (

    {%- for steps in range(1, longest + 1) %}
    select
        journey_id,
        {{ steps }} as steps,
        {{ path_pattern('path_start', 'path_length', steps) }} as pattern
    from first_journeys
    where is_mature and path_length >= {{ steps }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

enough as (

    select
        greatest({{ var("path_minimum_persons") }}, ceil(count(*) * {{ var("path_minimum_share") }})) as persons
    from first_journeys
    where is_mature

),

frequent as (

    select candidates.pattern
    from candidates
    cross join enough
    group by candidates.pattern, enough.persons
    having count(*) >= enough.persons

),

-- Everybody is told by the most steps that enough others have taken, too.
longest_frequent as (

    select
        candidates.journey_id,
        max(candidates.steps) as steps
    from candidates
    where candidates.pattern in (select pattern from frequent)
    group by candidates.journey_id

),

told as (

    select
        candidates.journey_id,
        candidates.pattern
    from candidates
    inner join longest_frequent
        on candidates.journey_id = longest_frequent.journey_id and candidates.steps = longest_frequent.steps

)

select
    first_journeys.journey_id,
    first_journeys.person_key,
    first_journeys.is_mature,
    first_journeys.converted,
    first_journeys.revenue,
    first_journeys.path,
    told.pattern
from first_journeys
left join told on first_journeys.journey_id = told.journey_id
