with

counts as (

    select * from {{ ref('int_stage_transition_counts') }}

),

estimates as (

    select * from {{ ref('int_stage_transition_estimates') }}

)

select
    counts.from_stage,
    counts.to_stage,
    counts.person_population,
    counts.persons_at_risk,
    counts.reached,
    counts.exited,
    counts.censored,
    counts.reached_after_exit,
    counts.reached_after_exit / cast(nullif(counts.exited, 0) as double) as reached_after_exit_share,
    counts.already_beyond,
    counts.left_truncated,
    estimates.probability,
    estimates.lower,
    estimates.upper,
    estimates.exit_probability,
    estimates.median_seconds,
    estimates.p75_seconds,
    estimates.longest_follow_up_seconds,
    'Aalen-Johansen over persons, leaving the list competes; persons still in between at the watermark are censored'
        as method
from counts
inner join estimates on counts.from_stage = estimates.from_stage and counts.person_population = estimates.person_population
