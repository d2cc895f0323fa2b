with

estimates as (

    select * from {{ ref('int_velocity_estimates') }}

)

select
    micro_conversion,
    next_step,
    persons,
    reached,
    exited,
    persons - reached - exited as censored,
    probability,
    lower,
    upper,
    exit_probability,
    median_seconds,
    p75_seconds,
    restricted_mean_seconds,
    longest_follow_up_seconds
from estimates
