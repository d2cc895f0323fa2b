{%- set longest = var('path_first_steps') -%}

with

persons as (

    select * from {{ ref('int_path_steps') }}

),

-- Everybody who took the k-th step had not bought when they took it: the journey ends with the purchase.
prefixes as (

    {%- for length in range(1, longest + 1) %}
    {%- set steps = [] %}
    {%- for step in range(1, length + 1) %}{% do steps.append('step_' ~ step) %}{% endfor %}
    {%- set at = 'step_' ~ length ~ '_at' %}
    {%- set is_mature = exposure_is_mature(
        at, var('path_horizon_days'), outcome_watermark('macro_conversion'), outcome_known_from('macro_conversion')
    ) %}
    {%- set is_in_time = 'converted_at <= ' ~ plus_days(at, var('path_horizon_days')) %}
    {%- set is_counted_order = is_mature ~ ' and ' ~ is_in_time ~ ' and is_order' %}
    select
        {{ length }} as path_length,
        {{ person_population('step_' ~ length ~ '_is_known') }} as person_population,
        {% for step in steps %}cast({{ step }} as string){{ " || '" ~ var('path_separator') ~ "' || " if not loop.last }}{% endfor %} as path,
        count(*) as persons,
        count(case when {{ is_mature }} then 1 end) as mature_persons,
        count(case when {{ is_mature }} and {{ is_in_time }} then 1 end) as converted,
        count(case when {{ is_counted_order }} then 1 end) as orders,
        {{ unconverted_orders('revenue', is_counted_order) }} as unconverted_orders,
        sum(case when {{ is_counted_order }} then revenue end) as revenue,
        sum(case when {{ is_counted_order }} then net_revenue end) as net_revenue
    from persons
    where step_{{ length }} is not null
    group by {{ steps | join(', ') }}, {{ person_population('step_' ~ length ~ '_is_known') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from prefixes
