{#- At the landmark are those who had neither converted nor left; from there on time counts. -#}
{%- set landmark = var('step_landmark_days') | max -%}
{%- set landmark_at = plus_days('persons.starts_at', landmark) -%}
{%- set known_until = outcome_watermark('macro_conversion') -%}
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

first_exits as (

    select
        person_key,
        min(exited_at) as exited_at
    from {{ ref('int_person_exits') }}
    group by person_key

),

{%- for relation in ['risk_sets', 'completers'] %}
{%- set key = 'micro_conversion' if relation == 'completers' else 'offer' %}

{{ relation }}_at_landmark as (

    select
        persons.{{ key }},
        {{ landmark_at }} as landmark_at,
        {{ known_until }} as known_until,
        case when persons.converted_at <= {{ known_until }} then persons.converted_at end as converted_at,
        case when first_exits.exited_at <= {{ known_until }} then first_exits.exited_at end as exited_at
    from {{ relation }} as persons
    left join first_exits on persons.person_key = first_exits.person_key
    where
        persons.is_left_truncated = false and {{ landmark_at }} <= {{ known_until }}
        and (persons.converted_at is null or persons.converted_at > {{ landmark_at }})
        and (first_exits.exited_at is null or first_exits.exited_at > {{ landmark_at }})
        {%- if relation == 'completers' %}
        and persons.completed_at <= {{ landmark_at }}
        {%- endif %}

),

{{ relation }}_outcomes as (

    select
        {{ key }},
        case
            when converted_at is null and exited_at is null then '(censored)'
            when exited_at is null or converted_at <= exited_at then 'macro_conversion'
            else '(left)'
        end as outcome,
        {{ duration_in_steps(seconds_between(
            'landmark_at', 'least(coalesce(converted_at, known_until), coalesce(exited_at, known_until))'
        )) }} as seconds
    from {{ relation }}_at_landmark

),

{{ relation }}_counts as (

    select
        {{ key }},
        outcome,
        seconds,
        count(*) as persons
    from {{ relation }}_outcomes
    group by {{ key }}, outcome, seconds

){{ ',' if not loop.last }}
{%- endfor %}

select
    steps.micro_conversion,
    risk_sets_counts.outcome,
    risk_sets_counts.seconds,
    coalesce(completers_counts.persons, 0) as persons_with,
    risk_sets_counts.persons - coalesce(completers_counts.persons, 0) as persons_without
from steps
inner join risk_sets_counts on steps.offer = risk_sets_counts.offer
left join completers_counts
    on
        steps.micro_conversion = completers_counts.micro_conversion
        and risk_sets_counts.outcome = completers_counts.outcome
        and risk_sets_counts.seconds = completers_counts.seconds
