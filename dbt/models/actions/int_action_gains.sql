{{ config(materialized='view') }}
{%- set z = normal_quantile() %}

with

candidates as (

    select * from {{ ref('int_action_candidates') }}

),

rates as (

    select
        *,
        reached / cast(nullif(evidence_persons, 0) as double) as rate,
        {{ wilson_interval('reached', 'evidence_persons', 'lower') }} as lower,
        {{ wilson_interval('reached', 'evidence_persons', 'upper') }} as upper,
        level in ('guardrail', 'step') as has_no_gain,
        coalesce(to_mail, persons) as gain_persons
    from candidates

),

bounds as (

    select
        *,
        level = 'segment' and difference is not null as is_measured,
        {{ variance_of_counts('gain_persons', 'conversion_rate') }} as variance,
        case
            when has_no_gain then null
            when bound is not null then bound
            when target > rate then gain_persons * (target - rate) * probability
            when target <= rate then 0
        end as gain_bound,
        -- If all of them came to the goal, and as many of them converted as of those who came by themselves.
        case
            when has_no_gain then null
            when bound_upper is not null then bound_upper
            else gain_persons * (1 - lower) * probability_upper
        end as gain_bound_upper
    from rates

)

select
    *,
    case
        when is_measured then gain_persons * difference
        else gain_bound / 2
    end as gain,
    case
        when is_measured
            then
                gain_persons * difference - {{ z }} * sqrt(
                    power(gain_persons * (difference_upper - difference_lower) / (2 * {{ z }}), 2) + variance
                )
        when gain_bound is not null then -{{ z }} * sqrt(variance)
    end as gain_lower,
    case
        when is_measured
            then
                gain_persons * difference + {{ z }} * sqrt(
                    power(gain_persons * (difference_upper - difference_lower) / (2 * {{ z }}), 2) + variance
                )
        when gain_bound is not null then gain_bound_upper + {{ z }} * sqrt(variance)
    end as gain_upper,
    -- Of a gain of which only the most is known, anything from none to that is as likely.
    case
        when is_measured then gain_persons * (difference_upper - difference_lower) / (2 * {{ z }})
        else gain_bound / sqrt(12)
    end as gain_error
from bounds
