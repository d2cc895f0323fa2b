with

outcomes as (

    select * from {{ ref('int_stage_transition_follow_up') }}

)

select
    from_stage,
    to_stage,
    person_population,
    count(case when is_left_truncated or outcome = 'was_beyond' then null else 1 end) as persons_at_risk,
    count(case when outcome = 'reached' and not is_left_truncated then 1 end) as reached,
    count(case when outcome = 'left' and not is_left_truncated then 1 end) as exited,
    count(case when outcome is null and not is_left_truncated then 1 end) as censored,
    count(case when is_reached_after_exit and not is_left_truncated then 1 end) as reached_after_exit,
    count(case when outcome = 'was_beyond' and not is_left_truncated then 1 end) as already_beyond,
    count(case when is_left_truncated then 1 end) as left_truncated
from outcomes
group by from_stage, to_stage, person_population
