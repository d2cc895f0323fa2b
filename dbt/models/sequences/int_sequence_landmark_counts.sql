{#- At a landmark are those who had not converted since they entered; all are followed for as many days from there. -#}
{%- set strata = ['visits', 'engagement', 'had_converted', 'cohort_month', 'entry_source', 'is_left_truncated'] -%}
{%- set landmark_at = plus_days('entrants.entered_at', 'landmarks.landmark_days') -%}
{%- set outcome_at = plus_days('entrants.entered_at', 'landmarks.landmark_days + ' ~ var('step_outcome_days')) -%}
with

plans as (

    select * from {{ ref('int_sequence_plans') }}
    where has_way and is_observable

),

entrants as (

    select * from {{ ref('int_sequence_entrants') }}

),

watermarks as (

    select * from {{ ref('int_sequence_watermarks') }}

),

visit_bands as (

    select * from {{ ref('int_visit_bands') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

-- Those who may take longer than the last of the days are compared when the whole time for the steps has passed, too.
landmarks as (

    {%- for days in var('step_landmark_days') %}
    select
        sequence_id,
        {{ days }} as landmark_days
    from plans
    union all
    {%- endfor %}
    select
        sequence_id,
        window_days as landmark_days
    from plans
    where window_days > {{ var('step_landmark_days') | max }}

),

revenues as (

    select
        entrants.sequence_id,
        entrants.person_key,
        landmarks.landmark_days,
        coalesce(sum(macro_conversions.net_revenue), 0) as revenue,
        count(case when macro_conversions.is_order and macro_conversions.net_revenue is null then 1 end)
            as unconverted_orders,
        count(case when macro_conversions.is_order and macro_conversions.net_revenue is not null then 1 end) as rated_orders
    from entrants
    inner join landmarks on entrants.sequence_id = landmarks.sequence_id
    inner join macro_conversions
        on
            entrants.person_key = macro_conversions.person_key
            and macro_conversions.occurred_at > {{ landmark_at }}
            and macro_conversions.occurred_at <= {{ outcome_at }}
    group by entrants.sequence_id, entrants.person_key, landmarks.landmark_days

),

-- What is not known until then is left out: the steps until the landmark, conversions until the outcome day.
entrants_at_landmark as (

    select
        entrants.*,
        landmarks.landmark_days,
        coalesce(visit_bands.visits, 0) as visits,
        coalesce(entrants.completed_at <= {{ landmark_at }}, false) as has_completed,
        coalesce(entrants.converted_at <= {{ outcome_at }}, false) as has_converted,
        {{ outcome_at }} <= {{ outcome_watermark('macro_conversion') }} and {{ landmark_at }} <= watermarks.watermark_at
            as is_mature
    from entrants
    inner join landmarks on entrants.sequence_id = landmarks.sequence_id
    inner join watermarks on entrants.sequence_id = watermarks.sequence_id
    left join visit_bands
        on
            entrants.person_key = visit_bands.person_key
            and visit_bands.starts_at <= {{ landmark_at }}
            and (visit_bands.ends_at is null or visit_bands.ends_at > {{ landmark_at }})
    where
        (entrants.converted_at is null or entrants.converted_at > {{ landmark_at }})
        and {{ is_after_begin('entrants.entered_at', 'watermarks.known_from') }}
        and {{ is_after_begin('entrants.entered_at', outcome_known_from('macro_conversion')) }}

)

select
    entrants.sequence_id,
    entrants.landmark_days,
    {%- for column in strata + ['bucket'] %}
    entrants.{{ column }},
    {%- endfor %}
    count(case when entrants.is_mature then 1 end) as persons,
    count(case when entrants.is_mature and entrants.has_converted then 1 end) as converted,
    cast(coalesce(sum(case when entrants.is_mature then revenues.revenue end), 0) as double) as revenue,
    count(case when entrants.is_mature and entrants.has_completed then 1 end) as completers,
    count(case when entrants.is_mature and entrants.has_completed and entrants.has_converted then 1 end)
        as completers_converted,
    cast(coalesce(sum(case when entrants.is_mature and entrants.has_completed then revenues.revenue end), 0) as double)
        as completers_revenue,
    {%- for name in ['unconverted_orders', 'rated_orders'] %}
    cast(coalesce(sum(case when entrants.is_mature then revenues.{{ name }} end), 0) as bigint) as {{ name }},
    cast(coalesce(
        sum(case when entrants.is_mature and entrants.has_completed then revenues.{{ name }} end), 0
    ) as bigint) as completers_{{ name }},
    {%- endfor %}
    count(case when not coalesce(entrants.is_mature, false) then 1 end) as immature_persons
from entrants_at_landmark as entrants
left join revenues
    on
        entrants.sequence_id = revenues.sequence_id
        and entrants.person_key = revenues.person_key
        and entrants.landmark_days = revenues.landmark_days
group by
    entrants.sequence_id, entrants.landmark_days
    {%- for column in strata + ['bucket'] %}, entrants.{{ column }}{% endfor %}
