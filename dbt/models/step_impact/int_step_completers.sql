with

steps as (

    select * from {{ ref('int_steps_compared') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

risk_sets as (

    select * from {{ ref('int_step_risk_sets') }}

),

first_completions as (

    select
        micro_conversions.person_key,
        lineage.counts_as as micro_conversion,
        min(sessions.started_at) as visit_started_at,
        min(sessions.ended_at) as completed_at
    from micro_conversions
    inner join sessions on micro_conversions.session_id = sessions.session_id
    inner join lineage on micro_conversions.micro_conversion = lineage.micro_conversion
    group by micro_conversions.person_key, lineage.counts_as

)

-- A step counts from the end of its visit on: what happens in the visit happens because the person is there.
select
    steps.micro_conversion,
    risk_sets.*,
    greatest(first_completions.completed_at, risk_sets.starts_at) as completed_at,
    risk_sets.known_at >= first_completions.visit_started_at as is_identified_by_step
from first_completions
inner join steps on first_completions.micro_conversion = steps.micro_conversion
inner join risk_sets on first_completions.person_key = risk_sets.person_key and steps.offer = risk_sets.offer
where
    risk_sets.converted_at is null
    or greatest(first_completions.completed_at, risk_sets.starts_at) < risk_sets.converted_at
