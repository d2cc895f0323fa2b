{{ config(tags=['analysis']) }}

with

segments as (

    select * from {{ ref('dim_segments') }}

),

actions as (

    select * from {{ ref('rpt_actions') }}
    where audience_id is not null

),

members as (

    select * from {{ ref('fct_audience_members') }}

),

holdouts as (

    select * from {{ ref('action_holdouts') }}

),

audiences as (

    select
        audience_id,
        'action' as kind,
        subject as segment_id,
        rule_id,
        recommended_action as name,
        priority,
        status
    from actions
    union all
    select
        'segment.' || segment_id,
        'segment',
        segment_id,
        null,
        name,
        null,
        case when is_observable then 'recommended' else 'not observable' end
    from segments
    -- Rules about a campaign or a step, which have no members.
    where segment_id <> 'campaign_level'

),

counts as (

    select
        audience_id,
        count(*) as persons,
        count(case when left_out_because is null and coalesce(is_assigned, true) then 1 end) as to_mail,
        count(case when left_out_because is null and is_assigned = false then 1 end) as other_action
        {%- for reason in exclusion_reasons() %},
        count(case when left_out_because = '{{ reason }}' then 1 end) as {{ reason }}
        {%- endfor %}
    from members
    group by audience_id

)

select
    audiences.audience_id,
    audiences.kind,
    audiences.segment_id,
    audiences.rule_id,
    audiences.name,
    cast(audiences.priority as bigint) as priority,
    audiences.status,
    coalesce(counts.persons, 0) as persons,
    coalesce(counts.to_mail, 0) as to_mail,
    coalesce(counts.other_action, 0) as other_action,
    {%- for reason in exclusion_reasons() %}
    coalesce(counts.{{ reason }}, 0) as {{ reason }},
    {%- endfor %}
    holdouts.share as holdout_share,
    {{ var('experiment_outcome_days') }} as holdout_days,
    least(
        {{ outcome_watermark('micro_conversion', 'unsubscribe') }},
        {{ outcome_watermark('micro_conversion', 'spam_complaint') }}
    ) as known_until
from audiences
left join counts on audiences.audience_id = counts.audience_id
left join holdouts on audiences.audience_id = holdouts.audience_id
