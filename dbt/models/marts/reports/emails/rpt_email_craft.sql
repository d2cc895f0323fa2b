with

estimates as (

    select * from {{ ref('int_email_craft_estimates') }}

)

select
    feature,
    level,
    outcome,
    level_from,
    level_to,
    emails,
    other_emails,
    unknown_emails,
    eligible,
    completed,
    immature,
    rate,
    email_weighted_rate,
    email_weighted_rate_lower,
    email_weighted_rate_upper,
    shrunken_rate,
    other_email_weighted_rate,
    ratio,
    ratio_lower,
    ratio_upper,
    p_value,
    q_value,
    correlation,
    verdict,
    'observational' as evidence,
    method
from estimates
