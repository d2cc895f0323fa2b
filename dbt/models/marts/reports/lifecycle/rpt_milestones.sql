{%- set mail_days = var('milestone_mail_days') -%}
{%- set outcome_days = var('milestone_outcome_days') -%}
{%- set due_days = var('milestone_due_days') -%}
{%- set landmark_at = plus_days('reached.reached_at', mail_days) -%}
{%- set known_until = outcome_watermark('macro_conversion') -%}
with

deal_stages as (

    {{ deal_stages() }}

),

deal_milestones as (

    select * from {{ ref('int_deal_milestones') }}

),

milestones as (

    select
        milestone,
        name,
        kind,
        counted_from,
        micro_conversion,
        amount
    from {{ ref('milestones') }}
    union all
    select
        'deal_stage ' || pipeline || '/' || stage,
        coalesce(pipeline_label, pipeline) || ': ' || coalesce(stage_label, stage),
        'deal_stage',
        cast(null as string),
        cast(null as string),
        cast(null as integer)
    from deal_stages
    where is_closed = false or coalesce(win_probability, 0) > 0

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

persons as (

    select
        persons.person_key,
        persons.first_seen_at,
        left_truncated_persons.person_key is not null as is_left_truncated
    from {{ ref('dim_persons') }} as persons
    left join {{ ref('int_left_truncated_persons') }} as left_truncated_persons
        on persons.person_key = left_truncated_persons.person_key
    where persons.person_kind <> 'device'

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}
    where person_key is not null

),

log_ins as (

    select
        person_key,
        count(*) as log_ins,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from {{ ref('fct_events') }}
    where event_name = 'login' and person_key is not null and is_machine = false
    group by person_key

),

milestone_campaigns as (

    select campaign_key from {{ ref('int_campaigns') }}
    where {{ list_holds('tags', "'" ~ var('milestone_campaign_tag') ~ "'") }}

),

mails as (

    select
        person_key,
        occurred_at
    from {{ ref('fct_events') }}
    where
        campaign_key in (select campaign_key from milestone_campaigns) and person_key is not null
        and event_name in {{ email_event_names('send') }}

),

first_orders as (

    select
        person_key,
        min(occurred_at) as occurred_at
    from macro_conversions
    where is_order
    group by person_key

),

-- Of persons who were there before the data begin the first contact and the first order may be earlier.
anniversaries as (

    select
        milestones.milestone,
        persons.person_key,
        {{ plus_days(
            "case milestones.counted_from when 'first_contact' then persons.first_seen_at else first_orders.occurred_at end",
            'milestones.amount'
        ) }} as reached_at
    from milestones
    cross join persons
    left join first_orders on persons.person_key = first_orders.person_key
    where
        milestones.kind = 'anniversary' and persons.is_left_truncated = false
        and (milestones.counted_from = 'first_contact' or first_orders.person_key is not null)

),

acts as (

    select
        milestones.milestone,
        micro_conversions.person_key,
        micro_conversions.occurred_at
    from milestones
    inner join lineage on milestones.micro_conversion = lineage.counts_as
    inner join micro_conversions on lineage.micro_conversion = micro_conversions.micro_conversion
    union all
    select
        milestones.milestone,
        macro_conversions.person_key,
        macro_conversions.occurred_at
    from milestones
    inner join lineage on milestones.micro_conversion = lineage.counts_as
    inner join macro_conversions on lineage.micro_conversion = macro_conversions.macro_conversion

),

-- At the pace of the log-ins so far; who has not come for longer than that may not come.
expected_counts as (

    select
        milestones.milestone,
        persons.person_key,
        {{ plus_seconds(
            'log_ins.last_at',
            'cast(floor(' ~ seconds_between('log_ins.first_at', 'log_ins.last_at')
            ~ ' / (log_ins.log_ins - 1) * (milestones.amount - log_ins.log_ins) + 0.5) as bigint)'
        ) }} as expected_at
    from milestones
    inner join log_ins on milestones.amount > log_ins.log_ins and milestones.amount <= 2 * log_ins.log_ins
    inner join persons on log_ins.person_key = persons.person_key
    where milestones.kind = 'count' and log_ins.log_ins > 1

),

reached as (

    select
        milestone,
        person_key,
        reached_at
    from anniversaries
    where reached_at <= {{ data_watermark() }}
    union all
    select
        acts.milestone,
        acts.person_key,
        min(acts.occurred_at)
    from acts
    inner join persons on acts.person_key = persons.person_key
    group by acts.milestone, acts.person_key
    union all
    select
        deal_milestones.milestone,
        deal_milestones.person_key,
        min(deal_milestones.reached_at)
    from deal_milestones
    inner join persons on deal_milestones.person_key = persons.person_key
    where deal_milestones.reached_at is not null
    group by deal_milestones.milestone, deal_milestones.person_key

),

due as (

    select
        milestone,
        person_key,
        reached_at as due_at
    from anniversaries
    where reached_at > {{ data_watermark() }}
    union all
    select
        milestone,
        person_key,
        expected_at
    from expected_counts
    where expected_at > {{ data_watermark() }}
    union all
    select
        deal_milestones.milestone,
        deal_milestones.person_key,
        min(deal_milestones.due_at)
    from deal_milestones
    inner join persons on deal_milestones.person_key = persons.person_key
    where deal_milestones.due_at > {{ data_watermark() }}
    group by deal_milestones.milestone, deal_milestones.person_key

),

cycles as (

    select
        deal_milestones.milestone,
        count(*) as deals,
        percentile_cont(0.5) within group (order by deal_milestones.seconds_from_start) / 86400 as median_days
    from deal_milestones
    inner join persons on deal_milestones.person_key = persons.person_key
    where deal_milestones.reached_at is not null
    group by deal_milestones.milestone

),

mailed as (

    select distinct
        reached.milestone,
        reached.person_key
    from reached
    inner join mails
        on
            reached.person_key = mails.person_key
            and mails.occurred_at >= reached.reached_at
            and mails.occurred_at <= {{ landmark_at }}

),

converted as (

    select distinct
        reached.milestone,
        reached.person_key
    from reached
    inner join macro_conversions
        on
            reached.person_key = macro_conversions.person_key
            and macro_conversions.occurred_at > {{ landmark_at }}
            and macro_conversions.occurred_at <= {{ plus_days(landmark_at, outcome_days) }}

),

-- Mails and conversions of earlier days could not be seen.
known_from as (

    select greatest(
        (select min(sent_at) from {{ ref('fct_email_sends') }}),
        (select min(occurred_at) from macro_conversions)
    ) as known_at

),

-- What counts begins when the days for the mail are over: who is mailed late has not lived longer than others.
followed as (

    select
        reached.milestone,
        reached.reached_at > {{ plus_days(data_watermark(), -1 * due_days) }} as is_late,
        {{ exposure_is_mature('reached.reached_at', mail_days + outcome_days, known_until) }} as is_mature,
        coalesce(reached.reached_at >= known_from.known_at, false) as is_known,
        mailed.person_key is not null as is_mailed,
        converted.person_key is not null as has_converted
    from reached
    cross join known_from
    left join mailed on reached.milestone = mailed.milestone and reached.person_key = mailed.person_key
    left join converted on reached.milestone = converted.milestone and reached.person_key = converted.person_key

),

counts as (

    select
        milestone,
        count(*) as reached,
        count(case when is_late then 1 end) as reached_lately,
        count(case when is_known and not is_mature then 1 end) as immature,
        count(case when is_known and is_mature and is_mailed then 1 end) as mailed,
        count(case when is_known and is_mature and is_mailed and has_converted then 1 end) as mailed_converted,
        count(case when is_known and is_mature and not is_mailed then 1 end) as others,
        count(case when is_known and is_mature and not is_mailed and has_converted then 1 end) as others_converted
    from followed
    group by milestone

),

due_counts as (

    select
        milestone,
        count(*) as due,
        count(case when due_at <= {{ plus_days(data_watermark(), due_days) }} then 1 end) as due_soon,
        min(due_at) as next_due_at
    from due
    group by milestone

),

left_out as (

    select count(*) as persons
    from persons
    where is_left_truncated

),

campaigns_of_milestones as (

    select count(*) as campaigns
    from milestone_campaigns

),

described as (

    select
        milestones.milestone,
        milestones.name,
        milestones.kind,
        milestones.kind in ('anniversary', 'deal_stage') or coalesce(observable.is_observable, false) as is_observable,
        milestones.micro_conversion,
        coalesce(counts.reached, 0) as reached,
        coalesce(counts.reached_lately, 0) as reached_lately,
        case when milestones.kind = 'anniversary' then left_out.persons else 0 end as left_truncated_persons,
        case when milestones.kind <> 'event' then coalesce(due_counts.due, 0) end as due,
        case when milestones.kind <> 'event' then coalesce(due_counts.due_soon, 0) end as due_soon,
        due_counts.next_due_at,
        case when milestones.kind = 'deal_stage' then coalesce(cycles.deals, 0) end as deals,
        cycles.median_days,
        coalesce(counts.immature, 0) as immature,
        coalesce(counts.mailed, 0) as mailed,
        coalesce(counts.mailed_converted, 0) as mailed_converted,
        coalesce(counts.others, 0) as others,
        coalesce(counts.others_converted, 0) as others_converted,
        campaigns_of_milestones.campaigns > 0 as has_mails
    from milestones
    cross join left_out
    cross join campaigns_of_milestones
    left join observable on milestones.micro_conversion = observable.micro_conversion
    left join counts on milestones.milestone = counts.milestone
    left join due_counts on milestones.milestone = due_counts.milestone
    left join cycles on milestones.milestone = cycles.milestone

),

compared as (

    select
        *,
        mailed_converted / cast(nullif(mailed, 0) as double) as mailed_rate,
        others_converted / cast(nullif(others, 0) as double) as others_rate,
        {{ newcombe_interval('mailed_converted', 'mailed', 'others_converted', 'others', 'lower') }} as lift_lower,
        {{ newcombe_interval('mailed_converted', 'mailed', 'others_converted', 'others', 'upper') }} as lift_upper
    from described

)

select
    milestone,
    name,
    kind,
    'known' as person_population,
    case when is_observable then 'measured' else 'not observable' end as status,
    case when is_observable = false then 'No source reports ' || micro_conversion || '.' end as reason,
    case when is_observable then reached end as reached,
    case when is_observable then reached_lately end as reached_lately,
    left_truncated_persons,
    case when is_observable then due end as due,
    case when is_observable then due_soon end as due_soon,
    case when is_observable then next_due_at end as next_due_at,
    {{ due_days }} as due_days,
    deals,
    median_days,
    mailed,
    mailed_converted,
    others,
    others_converted,
    immature,
    immature = 0 as is_mature,
    mailed_rate,
    others_rate,
    mailed_rate - others_rate as lift,
    case when mailed_rate is not null and others_rate is not null then lift_lower end as lift_lower,
    case when mailed_rate is not null and others_rate is not null then lift_upper end as lift_upper,
    case
        when is_observable = false then 'not observable'
        when has_mails = false
            then 'not observable: no campaign is tagged {{ var('milestone_campaign_tag') }}'
        when least(mailed, others) < {{ var('action_minimum_persons') }} then 'insufficient'
        when lift_lower > 0 then 'more'
        when lift_upper < 0 then 'fewer'
        else 'no difference shown'
    end as lift_verdict,
    'mailed within {{ mail_days }} days of it against others who reached it, conversions in the {{ outcome_days }} days after those; '
    || 'difference of rates with Newcombe interval, observational' as method
from compared
