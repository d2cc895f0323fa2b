with

estimates as (

    select * from {{ ref('int_velocity_estimates') }}
    where measure <> 'preferences'

)

select
    measure,
    micro_conversion,
    next_step,
    slice,
    slice_value,
    persons,
    reached,
    exited,
    elsewhere,
    persons - reached - exited - elsewhere as censored,
    restricted_to_seconds >= {{ var('velocity_horizon_days') }} * 86400 as is_mature,
    probability,
    probability_lower,
    probability_upper,
    exit_probability,
    exit_probability_lower,
    exit_probability_upper,
    median_seconds,
    median_seconds_lower,
    median_seconds_upper,
    p75_seconds,
    p75_seconds_lower,
    p75_seconds_upper,
    restricted_mean_seconds,
    restricted_mean_seconds_lower,
    restricted_mean_seconds_upper,
    restricted_to_seconds,
    mean_difference_seconds,
    mean_difference_seconds_lower,
    mean_difference_seconds_upper,
    p_value,
    q_value,
    longest_follow_up_seconds,
    'known persons who were not there before the data begin, Aalen-Johansen with competing outcomes and Marubini-Valsecchi errors; quantiles among those with the'
    || ' outcome, by inverting the log-log interval; restricted mean by the area under the curve' as method
from estimates
