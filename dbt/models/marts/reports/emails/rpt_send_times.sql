with

estimates as (

    select * from {{ ref('int_send_time_estimates') }}

),

exposures as (

    select * from {{ ref('int_email_exposures') }}

),

persons as (

    select * from {{ ref('dim_persons') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

-- What no ranking holds: recipients of whom nothing says where they live.
left_out as (

    select count(*) as deliveries_without_zone
    from exposures
    inner join persons on exposures.person_key = persons.person_key
    inner join campaigns on exposures.campaign_key = campaigns.campaign_key
    where
        exposures.delivered_at is not null
        and {{ exposure_is_mature(
            'exposures.sent_at', var('email_response_days'), outcome_watermark('micro_conversion', 'email_click'),
            outcome_known_from('micro_conversion', 'email_click')
        ) }}
        and persons.time_zone_source = 'account'
        and campaigns.kind <> 'flow'

)

select
    estimates.slice_type,
    estimates.sequence,
    estimates.outcome,
    estimates.slice,
    estimates.position,
    estimates.eligible,
    estimates.completed,
    estimates.rate,
    estimates.rate_lower,
    estimates.rate_upper,
    estimates.shrunken_rate,
    estimates.place_rank,
    estimates.ratio,
    estimates.ratio_lower,
    estimates.ratio_upper,
    estimates.shrunken_ratio,
    estimates.p_value,
    estimates.q_value,
    estimates.evidence,
    estimates.verdict,
    case when estimates.slice_type <> 'days_since_previous_email' then left_out.deliveries_without_zone else 0 end
        as deliveries_without_zone,
    estimates.method
from estimates
cross join left_out
