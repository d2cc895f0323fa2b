with

counts as (

    select * from {{ ref('int_stage_visit_counts') }}

),

estimates as (

    select * from {{ ref('int_stage_visit_estimates') }}

)

select
    estimates.from_stage,
    estimates.to_stage,
    estimates.person_population,
    counts.persons,
    counts.persons_at_risk,
    estimates.spans,
    counts.censored_spans,
    estimates.transitions,
    estimates.probability,
    estimates.lower,
    estimates.upper,
    estimates.median_seconds,
    estimates.p75_seconds,
    'Aalen-Johansen over visits of a stage; visits still open at the watermark are censored' as method
from estimates
inner join counts
    on
        estimates.from_stage = counts.from_stage
        and estimates.to_stage = counts.to_stage
        and estimates.person_population = counts.person_population
