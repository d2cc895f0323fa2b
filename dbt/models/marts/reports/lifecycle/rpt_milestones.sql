{%- set mail_days = var('milestone_mail_days') -%}
{%- set outcome_days = var('milestone_outcome_days') -%}
{%- set due_days = var('milestone_due_days') -%}
{%- set landmark_at = plus_days('reached.reached_at', mail_days) -%}
{%- set known_until = outcome_watermark('macro_conversion') -%}
{%- set reported_from = outcome_known_from('macro_conversion') -%}
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
        micro_conversion
    from {{ ref('milestones') }}
    union all
    select
        'deal_stage ' || pipeline || '/' || stage,
        coalesce(pipeline_label, pipeline) || ': ' || coalesce(stage_label, stage),
        'deal_stage',
        cast(null as string)
    from deal_stages
    where is_closed = false or coalesce(win_probability, 0) > 0

),

dates as (

    select * from {{ ref('int_milestone_dates') }}

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

),

persons as (

    select
        persons.person_key,
        left_truncated_persons.person_key is not null as is_left_truncated
    from {{ ref('dim_persons') }} as persons
    left join {{ ref('int_left_truncated_persons') }} as left_truncated_persons
        on persons.person_key = left_truncated_persons.person_key
    where persons.person_kind <> 'device'

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}
    where person_key is not null

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

reached as (

    select
        milestone,
        person_key,
        reached_at
    from dates
    where reached_at is not null

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
        {{ exposure_is_mature('reached.reached_at', mail_days + outcome_days, known_until, reported_from) }} as is_mature,
        {{ exposure_is_immature('reached.reached_at', mail_days + outcome_days, known_until, reported_from) }} as is_immature,
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
        count(case when is_known and is_immature then 1 end) as immature,
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
    from dates
    where due_at is not null
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
