with

estimates as (

    select * from {{ ref('int_velocity_estimates') }}
    where measure <> 'preferences'

),

days as (

    select number + 1 as day
    from {{ whole_numbers(var('velocity_horizon_days') - 1) }}

)

-- As far as anybody was followed.
select
    estimates.measure,
    estimates.micro_conversion,
    estimates.next_step,
    estimates.slice,
    estimates.slice_value,
    cast(days.day as integer) as day,
    estimates.curve[days.day] as share,
    estimates.curve_lower[days.day] as lower,
    estimates.curve_upper[days.day] as upper,
    estimates.at_risk[days.day] as at_risk
from estimates
cross join days
where estimates.at_risk[days.day] > 0
