with

gains as (

    select * from {{ ref('int_action_gains') }}

),

rejections as (

    select * from {{ ref('action_rejections') }}
    where coalesce(until >= cast({{ data_watermark() }} as date), true)

),

worth as (

    select max(value_per_conversion) as value_per_conversion
    from {{ ref('rpt_bottlenecks') }}

),

-- The narrower rejection gives the reason.
rejected as (

    select
        gains.rule_id,
        gains.subject,
        coalesce(
            max(case when rejections.subject is not null then rejections.why end), max(rejections.why)
        ) as why
    from gains
    inner join rejections
        on
            gains.rule_id = rejections.rule_id
            and coalesce(rejections.subject, gains.subject) = gains.subject
    group by gains.rule_id, gains.subject

),

-- How far true gains differ, by moments; what is measured worse than that is taken for the nearer to none.
spread as (

    select
        greatest(
            coalesce({{ exact_sum('gain * gain - gain_error * gain_error') }} / nullif(count(gain), 0), 0), 0
        ) as variance
    from gains
    where gain is not null

),

judged as (

    select
        gains.*,
        rejected.why as rejected_because,
        gains.gain * spread.variance / nullif(spread.variance + gains.gain_error * gains.gain_error, 0) as shrunken_gain,
        gains.gain * worth.value_per_conversion as gain_value,
        {{ sample_per_arm('gains.rate', 'gains.target') }} as sample_per_arm,
        case
            when rejected.rule_id is not null then 'rejected'
            when gains.level = 'guardrail' or gains.level = 'step' then 'recommended'
            when gains.is_observable = false then 'not observable'
            when gains.level = 'segment' and gains.to_mail = 0 then 'nobody to mail'
            when gains.is_measured and gains.difference_upper < 0 then 'harmful'
            when gains.is_measured then 'recommended'
            when gains.evidence_persons < {{ var('action_minimum_persons') }} then 'not enough data'
            when gains.level = 'segment' and gains.lower >= gains.target then 'on target'
            when gains.level = 'campaign' and gains.target is null then 'not enough data'
            when gains.level <> 'segment' and gains.upper >= gains.target then 'on target'
            else 'recommended'
        end as found
    from gains
    cross join worth
    cross join spread
    left join rejected on gains.rule_id = rejected.rule_id and gains.subject = rejected.subject

),

sized as (

    select
        *,
        case
            when level = 'test' and arrivals_a_day > 0
                then cast(ceil(2 * sample_per_arm / arrivals_a_day) as bigint) + window_days
        end as test_days
    from judged

),

-- At most one action for a campaign or flow, and for a transition or a step, which have but one row each.
ranked as (

    select
        *,
        row_number() over (
            partition by found, coalesce(campaign_key, level || '/' || rule_id || '/' || subject)
            order by case when level = 'guardrail' then 0 else 1 end, shrunken_gain desc nulls last, rule_id
        ) as place,
        max(case when level = 'guardrail' and found = 'recommended' then 1 else 0 end)
            over (partition by campaign_key)
        = 1
        and campaign_key is not null as is_over_a_line
    from sized

),

decided as (

    select
        *,
        case
            when found <> 'recommended' then found
            when level <> 'guardrail' and is_over_a_line then 'fix deliverability first'
            when place > 1 then 'another action first'
            when level = 'test' and coalesce(test_days > {{ var('action_test_maximum_days') }}, true) then 'too few persons'
            else 'recommended'
        end as status
    from ranked

)

select
    rule_id,
    level,
    subject,
    subject_name,
    campaign_key,
    case when level = 'segment' then 'action.' || rule_id end as audience_id,
    status,
    case
        when status = 'recommended'
            then row_number() over (
                partition by status
                order by
                    case when level = 'guardrail' then 0 else 1 end,
                    shrunken_gain desc nulls last,
                    rule_id,
                    subject
            )
    end as priority,
    behaviour,
    insight,
    recommended_action,
    goal,
    cast(persons as bigint) as persons,
    cast(to_mail as bigint) as to_mail,
    metric,
    window_days,
    cast(evidence_persons as bigint) as evidence_persons,
    cast(reached as bigint) as reached,
    rate,
    lower,
    upper,
    target,
    target_basis,
    gain,
    gain_lower,
    gain_upper,
    gain_value,
    shrunken_gain,
    case
        when gain is null then null
        when is_measured then 'measured'
        else 'at most'
    end as gain_is,
    measured_by,
    case
        when gain is null then null
        when is_measured then 'The effect of the holdout holds for those who are mailed next'
        else 'Expected: half of reaching the target; at most: all come to the goal and convert as those who came by themselves'
    end as assumption,
    coalesce(rejected_because, not_observable_because) as reason,
    test_element,
    test_arms,
    case when level = 'test' then sample_per_arm end as sample_per_arm,
    test_days
from decided
