{{ config(materialized='incremental', unique_key='person_key') }}

{%- set longest = var('path_first_steps') %}

with

micro_conversions as (

    select * from {{ delta('fct_micro_conversions') }}

),

journeys as (

    select * from {{ delta('int_journeys') }}

),

macro_conversions as (

    select * from {{ delta('fct_macro_conversions') }}

),

-- One journey per person, or persons would be counted several times: their first.
numbered_steps as (

    select
        journeys.person_key,
        journeys.ended_at,
        journeys.revenue,
        journeys.net_revenue,
        coalesce(macro_conversions.is_order, false) as is_order,
        micro_conversions.micro_conversion,
        micro_conversions.occurred_at,
        micro_conversions.is_known,
        row_number() over (
            partition by journeys.person_key order by micro_conversions.micro_conversion_number
        ) as step_number
    from micro_conversions
    inner join journeys
        on micro_conversions.journey_id = journeys.journey_id and journeys.journey_number = 1
    left join macro_conversions on journeys.macro_conversion_id = macro_conversions.macro_conversion_id
    where {{ counts_in_path('micro_conversions.is_immediate_repeat') }}

)

select
    person_key,
    min(ended_at) as converted_at,
    max(case when is_order then 1 else 0 end) = 1 as is_order,
    min(revenue) as revenue,
    min(net_revenue) as net_revenue
    {%- for step in range(1, longest + 1) %},
    min(case when step_number = {{ step }} then micro_conversion end) as step_{{ step }},
    min(case when step_number = {{ step }} then occurred_at end) as step_{{ step }}_at,
    min(case when step_number = {{ step }} then is_known end) as step_{{ step }}_is_known
    {%- endfor %}
from numbered_steps
where step_number <= {{ longest }}
group by person_key
