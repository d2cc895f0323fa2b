{#- At a landmark are those who had not converted by then and were followed until the outcome day. -#}
{%- set strata = ['engagement', 'cohort_month', 'entry_source', 'is_left_truncated'] -%}
with

risk_sets as (

    select * from {{ ref('int_step_risk_sets') }}

),

completers as (

    select * from {{ ref('int_step_completers') }}

),

steps as (

    select * from {{ ref('int_steps_compared') }}

),

visit_bands as (

    select * from {{ ref('int_visit_bands') }}

),

revenues as (

    select * from {{ ref('int_step_revenues') }}

),

{%- for relation in ['risk_sets', 'completers'] %}
{%- set by = (['micro_conversion'] if relation == 'completers' else []) + ['offer'] + strata + ['bucket'] %}

{{ relation }}_by_landmark as (

    {%- for landmark in var('step_landmark_days') %}
    {%- set landmark_at = plus_days('persons.starts_at', landmark) %}
    {%- set outcome_at = plus_days('persons.starts_at', var('step_outcome_days')) %}
    select
        {{ landmark }} as landmark_days,
        {%- for column in by %}
        persons.{{ column }},
        {%- endfor %}
        visit_bands.visits,
        count(*) as persons,
        count(case when persons.converted_at <= {{ outcome_at }} then 1 end) as converted,
        sum(coalesce(revenues.revenue_{{ landmark }}, 0)) as revenue,
        sum(coalesce(revenues.unconverted_orders, 0)) as unconverted_orders,
        sum(coalesce(revenues.rated_orders, 0)) as rated_orders
    from {{ relation }} as persons
    inner join visit_bands
        on
            persons.person_key = visit_bands.person_key
            and visit_bands.starts_at <= {{ landmark_at }}
            and (visit_bands.ends_at is null or visit_bands.ends_at > {{ landmark_at }})
    left join revenues on persons.person_key = revenues.person_key and persons.offer = revenues.offer
    where
        {{ outcome_at }} <= {{ outcome_watermark('macro_conversion') }}
        and (persons.converted_at is null or persons.converted_at > {{ landmark_at }})
        {%- if relation == 'completers' %}
        and persons.completed_at <= {{ landmark_at }}
        {%- endif %}
    group by {% for column in by %}persons.{{ column }}, {% endfor %}visit_bands.visits
    {{ 'union all' if not loop.last }}
    {%- endfor %}

){{ ',' if not loop.last }}
{%- endfor %}

select
    steps.micro_conversion,
    risk_sets.landmark_days,
    {%- for column in strata + ['visits', 'bucket'] %}
    risk_sets.{{ column }},
    {%- endfor %}
    risk_sets.persons,
    risk_sets.converted,
    cast(risk_sets.revenue as double) as revenue,
    coalesce(completers.persons, 0) as completers,
    coalesce(completers.converted, 0) as completers_converted,
    cast(coalesce(completers.revenue, 0) as double) as completers_revenue,
    cast(risk_sets.unconverted_orders as bigint) as unconverted_orders,
    cast(risk_sets.rated_orders as bigint) as rated_orders,
    cast(coalesce(completers.unconverted_orders, 0) as bigint) as completers_unconverted_orders,
    cast(coalesce(completers.rated_orders, 0) as bigint) as completers_rated_orders
from steps
inner join risk_sets_by_landmark as risk_sets on steps.offer = risk_sets.offer
left join completers_by_landmark as completers
    on
        steps.micro_conversion = completers.micro_conversion
        and risk_sets.landmark_days = completers.landmark_days
        {%- for column in strata + ['visits', 'bucket'] %}
        and risk_sets.{{ column }} = completers.{{ column }}
        {%- endfor %}
