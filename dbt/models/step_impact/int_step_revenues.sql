with

risk_sets as (

    select * from {{ ref('int_step_risk_sets') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

)

-- Of those at a landmark who convert later, what their orders up to the outcome day brought.
select
    risk_sets.person_key,
    risk_sets.offer,
    {%- for landmark in var('step_landmark_days') %}
    sum(case
        when macro_conversions.occurred_at > {{ plus_days('risk_sets.starts_at', landmark) }} then macro_conversions.net_revenue
    end) as revenue_{{ landmark }},
    {%- endfor %}
    count(case when macro_conversions.is_order and macro_conversions.net_revenue is null then 1 end) as unconverted_orders,
    count(case when macro_conversions.is_order and macro_conversions.net_revenue is not null then 1 end) as rated_orders
from risk_sets
inner join macro_conversions
    on
        risk_sets.person_key = macro_conversions.person_key
        and macro_conversions.occurred_at > risk_sets.starts_at
        and macro_conversions.occurred_at <= {{ plus_days('risk_sets.starts_at', var('step_outcome_days')) }}
group by risk_sets.person_key, risk_sets.offer
