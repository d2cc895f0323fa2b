with

estimates as (

    select * from {{ ref('int_step_impact_estimates') }}

)

select
    micro_conversion,
    outcome,
    method,
    is_primary,
    completers,
    others,
    completers_outcome,
    others_outcome,
    unconverted_orders,
    completers_days,
    others_days,
    converting_visit_share,
    identifying_share,
    ratio,
    ratio_lower,
    ratio_upper,
    difference,
    difference_lower,
    difference_upper,
    p_value,
    q_value,
    e_value,
    e_value_of_interval,
    verdict,
    persons_needed
from estimates
