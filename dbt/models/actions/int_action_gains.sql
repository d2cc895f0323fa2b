{%- set z = normal_quantile() -%}
with

candidates as (

    select * from {{ ref('int_action_candidates') }}

),

rejections as (

    select * from {{ ref('action_rejections') }}
    where coalesce(until >= cast({{ data_watermark() }} as date), true)

),

-- The narrower rejection gives the reason.
rejected as (

    select
        candidates.rule_id,
        candidates.subject,
        coalesce(
            max(case when rejections.subject is not null then rejections.why end), max(rejections.why)
        ) as why
    from candidates
    inner join rejections
        on
            candidates.rule_id = rejections.rule_id
            and coalesce(rejections.subject, candidates.subject) = candidates.subject
    group by candidates.rule_id, candidates.subject

),

rates as (

    select
        *,
        reached / cast(nullif(evidence_persons, 0) as double) as rate,
        {{ wilson_interval('reached', 'evidence_persons', 'lower') }} as lower,
        {{ wilson_interval('reached', 'evidence_persons', 'upper') }} as upper,
        level = 'segment' and holdout_found is not null as is_measured,
        level in ('guardrail', 'step') or coalesce(is_goal_observable = false, false) as has_no_gain,
        -- Of none in few there may be some in more.
        (conversion_rate * evidence_persons + 1) / (evidence_persons + 2) as cautious_conversion_rate
    from candidates

),

bounds as (

    select
        *,
        case
            when has_no_gain then null
            when bound is not null then bound / nullif(persons, 0)
            when target > rate then (target - rate) * probability
            -- Where it is not known what follows, neither is the gain.
            when target <= rate and probability_upper is not null then 0
        end as gain_bound,
        -- If all of them came to the goal, and as many of them converted as of those who came without the action.
        case
            when has_no_gain then null
            when bound_upper is not null then bound_upper / nullif(persons, 0)
            else (1 - lower) * probability_upper
        end as gain_bound_upper
    from rates

),

-- Of a gain of which only the most is known, anything from none to that is as likely.
gains as (

    select
        *,
        case when is_measured then difference else gain_bound / 2 end as gain_per_person,
        case
            when is_measured then (difference_upper - difference_lower) / (2 * {{ z }})
            else gain_bound / sqrt(12)
        end as gain_error
    from bounds

),

-- How far true gains differ, by moments; what is measured worse than that is taken for the nearer to none.
spread as (

    select
        greatest(
            coalesce({{ exact_sum('gain_per_person * gain_per_person - gain_error * gain_error', 18) }} / nullif(count(*), 0), 0), 0
        ) as variance
    from gains
    where gain_per_person is not null and gain_error is not null

)

select
    gains.*,
    rejected.why as rejected_because,
    gains.gain_per_person * spread.variance
    / nullif(spread.variance + gains.gain_error * gains.gain_error, 0) as shrunken_gain_per_person,
    case
        when rejected.rule_id is not null then 'rejected'
        when gains.level = 'guardrail' or gains.level = 'step' then 'recommended'
        when gains.is_observable = false then 'not observable'
        when gains.level = 'segment' and gains.mailable = 0 then 'none to mail'
        when gains.holdout_found in ('worse', 'guardrail') then 'harmful'
        when gains.holdout_found = 'better' then 'recommended'
        when gains.holdout_found = 'no difference' then 'no gain shown'
        when gains.is_goal_observable = false then 'goal not observable'
        when gains.evidence_persons < {{ var('action_minimum_persons') }} then 'not enough data'
        when gains.rate >= gains.target then 'on target'
        when gains.upper >= gains.target then 'no gain shown'
        when
            coalesce(gains.gain_per_person * coalesce(gains.mailable, gains.persons), 0) < {{ var('action_minimum_gain') }}
            then 'no gain shown'
        else 'recommended'
    end as found
from gains
cross join spread
left join rejected on gains.rule_id = rejected.rule_id and gains.subject = rejected.subject
