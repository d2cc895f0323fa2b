with

outcomes as (

    select * from {{ ref('int_stage_visit_follow_up') }}

),

persons as (

    select
        from_stage,
        to_stage,
        person_population,
        count(distinct person_key) as persons
    from outcomes
    where to_stage is not null
    group by from_stage, to_stage, person_population

),

at_risk as (

    select
        from_stage,
        person_population,
        count(distinct person_key) as persons_at_risk,
        count(case when to_stage is null then 1 end) as censored_spans
    from outcomes
    group by from_stage, person_population

)

select
    persons.from_stage,
    persons.to_stage,
    persons.person_population,
    persons.persons,
    at_risk.persons_at_risk,
    at_risk.censored_spans
from persons
inner join at_risk
    on persons.from_stage = at_risk.from_stage and persons.person_population = at_risk.person_population
