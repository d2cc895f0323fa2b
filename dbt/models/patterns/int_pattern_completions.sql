{%- set lengths = var('pattern_lengths') -%}
with

steps as (

    select *
    from {{ ref('int_pattern_steps') }}
    where is_known

),

-- Who may have a pattern of so many steps: persons who have taken as many.
persons as (

    select
        position as pattern_length,
        {{ path_minimum('count(*)') }} as minimum_persons
    from steps
    where is_control = false and position in ({{ lengths | join(', ') }})
    group by position

),

{%- for length in lengths %}

-- Whatever occurs less often than it must have persons has too few: it need not be followed person by person.
frequent_{{ length }} as (

    select steps.pattern_{{ length }} as pattern_code
    from steps
    inner join persons on persons.pattern_length = {{ length }}
    where steps.is_control = false and steps.pattern_{{ length }} is not null
    group by steps.pattern_{{ length }}, persons.minimum_persons
    having count(*) >= persons.minimum_persons

),

{%- endfor %}

completions as (

    {%- for length in lengths %}
    select
        steps.is_control,
        {{ length }} as pattern_length,
        frequent.pattern_code,
        steps.person_key,
        min(steps.occurred_at) as completed_at
    from steps
    inner join frequent_{{ length }} as frequent on steps.pattern_{{ length }} = frequent.pattern_code
    group by steps.is_control, frequent.pattern_code, steps.person_key
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

supported as (

    select completions.pattern_code
    from completions
    inner join persons on completions.pattern_length = persons.pattern_length
    where completions.is_control = false
    group by completions.pattern_code, persons.minimum_persons
    having count(*) >= persons.minimum_persons

)

select completions.*
from completions
inner join supported on completions.pattern_code = supported.pattern_code
