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

all_time as (

    {{ person_time('risk_sets', 'starts_at', ['offer'] + strata) }}

),

time_after_step as (

    {{ person_time('completers', 'completed_at', ['micro_conversion', 'offer'] + strata) }}

)

-- All strata of each step, as far as anybody eligible was at risk in them.
select
    steps.micro_conversion,
    all_time.week,
    all_time.visits,
    {%- for column in strata %}
    all_time.{{ column }},
    {%- endfor %}
    all_time.days,
    all_time.conversions,
    coalesce(time_after_step.days, 0) as days_after,
    coalesce(time_after_step.conversions, 0) as conversions_after
from steps
inner join all_time on steps.offer = all_time.offer
left join time_after_step
    on
        steps.micro_conversion = time_after_step.micro_conversion
        and all_time.week = time_after_step.week
        and all_time.visits = time_after_step.visits
        {%- for column in strata %}
        and all_time.{{ column }} = time_after_step.{{ column }}
        {%- endfor %}
