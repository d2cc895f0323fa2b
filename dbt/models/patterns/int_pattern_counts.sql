{%- set lengths = var('pattern_lengths') -%}
{%- set horizon = var('path_horizon_days') -%}
{%- set known_until = outcome_watermark('macro_conversion') -%}
{%- set known_from = outcome_known_from('macro_conversion') -%}
with

completions as (

    select * from {{ ref('int_pattern_completions') }}

),

steps as (

    select *
    from {{ ref('int_pattern_steps') }}
    where position in ({{ lengths | join(', ') }}) and is_known and is_control = false

),

codes as (

    select * from {{ ref('int_pattern_codes') }}

),

journeys as (

    select
        person_key,
        ended_at
    from {{ ref('int_journeys') }}
    where journey_number = 1

),

first_conversions as (

    select * from {{ ref('int_first_conversions') }}

),

-- Everybody is judged once at each number of steps: at the step with which they had taken as many.
persons_with_as_many_steps as (

    select
        steps.person_key,
        steps.position as pattern_length,
        coalesce(journeys.ended_at <= {{ plus_days('steps.occurred_at', horizon) }}, false) as has_converted
    from steps
    inner join journeys on steps.person_key = journeys.person_key
    where {{ exposure_is_mature('steps.occurred_at', horizon, known_until, known_from) }}

),

totals as (

    select
        pattern_length,
        count(*) as persons,
        count(case when has_converted then 1 end) as converted
    from persons_with_as_many_steps
    group by pattern_length

),

flags as (

    select
        person_key
        {%- for length in lengths %},
        max(case when pattern_length = {{ length }} then 1 else 0 end) as is_mature_{{ length }},
        max(case when pattern_length = {{ length }} and has_converted then 1 else 0 end) as has_converted_{{ length }}
        {%- endfor %}
    from persons_with_as_many_steps
    group by person_key

),

judged_completions as (

    select
        completions.is_control,
        completions.pattern_length,
        completions.pattern_code,
        {{ exposure_is_mature('completions.completed_at', horizon, known_until, known_from) }} as is_mature,
        coalesce(journeys.ended_at <= {{ plus_days('completions.completed_at', horizon) }}, false) as has_converted,
        coalesce(first_conversions.visit_started_at <= completions.completed_at, false) as is_in_converting_visit,
        case completions.pattern_length
            {%- for length in lengths %}
            when {{ length }} then flags.is_mature_{{ length }}
            {%- endfor %}
        end as was_counted,
        case completions.pattern_length
            {%- for length in lengths %}
            when {{ length }} then flags.has_converted_{{ length }}
            {%- endfor %}
        end as was_counted_as_converted
    from completions
    inner join journeys on completions.person_key = journeys.person_key
    left join first_conversions on completions.person_key = first_conversions.person_key
    left join flags on completions.person_key = flags.person_key

),

patterns as (

    select
        pattern_length,
        pattern_code
        {%- for group, condition in {'': 'not is_control', 'control_': 'is_control'}.items() %},
        count(case when {{ condition }} then 1 end) as {{ group }}persons,
        count(case when {{ condition }} and is_mature then 1 end) as {{ group }}mature_persons,
        count(case when {{ condition }} and is_mature and has_converted then 1 end) as {{ group }}converted,
        count(case when {{ condition }} and is_mature and has_converted and is_in_converting_visit then 1 end)
            as {{ group }}converted_in_visit,
        coalesce(sum(case when {{ condition }} then was_counted end), 0) as {{ group }}counted,
        coalesce(sum(case when {{ condition }} then was_counted_as_converted end), 0) as {{ group }}counted_as_converted
        {%- endfor %}
    from judged_completions
    group by pattern_length, pattern_code

),

-- A number of three digits is a step.
named as (

    select
        patterns.pattern_code,
        {{ joined_text('codes.micro_conversion', var('path_separator'), 'places.number desc') }} as pattern
    from patterns
    inner join {{ whole_numbers((lengths | max) - 1) }} as places on patterns.pattern_length > places.number
    inner join codes
        on cast(floor(mod(patterns.pattern_code, cast(power(1000, places.number + 1) as bigint))
            / cast(power(1000, places.number) as bigint)) as bigint) = codes.step_code
    group by patterns.pattern_code

)

select
    named.pattern,
    patterns.*,
    coalesce(totals.persons, 0) - patterns.counted as other_persons,
    coalesce(totals.converted, 0) - patterns.counted_as_converted as others_converted,
    coalesce(totals.persons, 0) - patterns.control_counted as control_other_persons,
    coalesce(totals.converted, 0) - patterns.control_counted_as_converted as control_others_converted
from patterns
inner join named on patterns.pattern_code = named.pattern_code
left join totals on patterns.pattern_length = totals.pattern_length
