{%- set z = normal_quantile() -%}
with

gains as (

    select * from {{ ref('int_action_gains') }}

),

audience_persons as (

    select * from {{ ref('int_audience_persons') }}

),

kept as (

    select * from {{ ref('int_action_members') }}

),

worth as (

    select max(value_per_conversion) as value_per_conversion
    from {{ ref('rpt_bottlenecks') }}

),

assignments as (

    select * from {{ ref('int_audience_assignments') }}

),

holdouts as (

    select * from {{ ref('action_holdouts') }}

),

-- Of those an export can write it holds out the declared share of whom no earlier one assigned. Who was written to and is
-- still in the segment is one on whom it did not work: the effect on who is written to for the first time is not theirs.
sizes as (

    select
        kept.audience_id,
        count(*) as to_mail,
        count(case when assignments.person_key is null then 1 end) * (1 - coalesce(max(holdouts.share), 0))
        + count(assignments.person_key) as written,
        count(
            case when assignments.arm = 'treated' and assignments.assigned_at >= audience_persons.entered_at then 1 end
        ) as written_again
    from kept
    inner join audience_persons
        on kept.person_key = audience_persons.person_key and kept.audience_id = audience_persons.audience_id
    left join assignments
        on kept.person_key = assignments.person_key and kept.audience_id = assignments.audience_id
    left join holdouts on kept.audience_id = holdouts.audience_id
    where audience_persons.left_out_because is null
    group by kept.audience_id

),

counted as (

    select
        gains.*,
        case when gains.level = 'segment' then 'action.' || gains.rule_id end as audience_id,
        case when gains.level = 'segment' then coalesce(sizes.to_mail, 0) end as to_mail,
        case
            when gains.level <> 'segment' then gains.persons
            else nullif(sizes.written - case when gains.is_measured then sizes.written_again else 0 end, 0)
        end as gain_persons
    from gains
    left join sizes on gains.level = 'segment' and 'action.' || gains.rule_id = sizes.audience_id

),

sized as (

    select
        *,
        {{ variance_of_counts(
            'gain_persons', 'case when is_measured then coalesce(held_out_rate, conversion_rate) else conversion_rate end',
            'gain_per_person'
        ) }} as variance,
        gain_persons * gain_per_person as gain,
        gain_persons * shrunken_gain_per_person as shrunken_gain,
        {{ sample_per_arm('rate', 'target') }} as sample_per_arm,
        case
            when level = 'segment' and to_mail >= 2 * {{ var('action_minimum_persons') }}
                then {{ detectable_difference('to_mail', 'cautious_conversion_rate') }}
        end as detectable_difference,
        case
            when found <> 'recommended' then found
            when level = 'segment' and to_mail = 0 then 'another action first'
            when
                level = 'segment' and is_measured = false
                and gain_persons * gain_per_person < {{ var('action_minimum_gain') }}
                then 'no gain shown'
            else 'recommended'
        end as found_of_kept
    from counted

),

tests as (

    select
        *,
        case
            when level = 'test' and arrivals_a_day > 0
                then cast(ceil(2 * sample_per_arm / arrivals_a_day) as bigint) + window_days
        end as test_days
    from sized

),

-- At most one action for a campaign or flow, and for a transition or a step, which have but one row each.
ranked as (

    select
        *,
        row_number() over (
            partition by found_of_kept, coalesce(campaign_key, level || '/' || rule_id || '/' || subject)
            order by case when level = 'guardrail' then 0 else 1 end, shrunken_gain desc nulls last, rule_id
        ) as place,
        max(case when level = 'guardrail' and found_of_kept = 'recommended' then 1 else 0 end)
            over (partition by campaign_key)
        = 1
        and campaign_key is not null as is_over_a_line
    from tests

),

decided as (

    select
        *,
        case
            when found_of_kept <> 'recommended' then found_of_kept
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
    audience_id,
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
    conversion_rate,
    gain,
    case
        when is_measured
            then least(gain, gain - {{ z }} * sqrt(gain_persons * gain_persons * gain_error * gain_error + variance))
        when gain is not null then -{{ z }} * sqrt(variance)
    end as gain_lower,
    case
        when is_measured
            then greatest(gain, gain + {{ z }} * sqrt(gain_persons * gain_persons * gain_error * gain_error + variance))
        when gain is not null then gain_persons * gain_bound_upper + {{ z }} * sqrt(variance)
    end as gain_upper,
    gain * worth.value_per_conversion as gain_value,
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
        else 'Expected: half of reaching the target; at most: all come to the goal and convert as those who came without it'
    end as assumption,
    detectable_difference,
    coalesce(
        rejected_because,
        not_observable_because,
        case holdout_found
            when 'worse' then 'Its holdout converted more'
            when 'guardrail' then 'More unsubscribes or complaints than in its holdout'
            when 'no difference' then 'Its holdout converted as much'
        end
    ) as reason,
    test_element,
    test_arms,
    case when level = 'test' then sample_per_arm end as sample_per_arm,
    test_days
from decided
cross join worth
