with

outcomes as (

    select * from {{ ref('int_stage_outcomes') }}

),

estimates as (

    select * from {{ ref('int_stage_transition_estimates') }}

),

persons as (

    select
        from_stage,
        to_stage,
        count(distinct person_key) as persons
    from outcomes
    where to_stage is not null
    group by from_stage, to_stage

),

at_risk as (

    select
        from_stage,
        count(distinct person_key) as persons_at_risk,
        count(case when to_stage is null then 1 end) as censored_spans
    from outcomes
    group by from_stage

)

select
    estimates.from_stage,
    estimates.to_stage,
    persons.persons,
    at_risk.persons_at_risk,
    estimates.spans,
    at_risk.censored_spans,
    estimates.transitions,
    estimates.probability,
    estimates.lower,
    estimates.upper,
    estimates.median_seconds,
    estimates.p75_seconds,
    'Aalen-Johansen over stage spans; spans still open at the watermark are censored' as method
from estimates
inner join persons
    on estimates.from_stage = persons.from_stage and estimates.to_stage = persons.to_stage
inner join at_risk on estimates.from_stage = at_risk.from_stage
