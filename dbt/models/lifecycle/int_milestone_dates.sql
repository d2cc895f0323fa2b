with

milestones as (

    select * from {{ ref('milestones') }}

),

deal_milestones as (

    select * from {{ ref('int_deal_milestones') }}

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

)

select
    milestone,
    person_key,
    reached_at,
    cast(null as timestamp) as due_at
from reached
union all
select
    milestone,
    person_key,
    cast(null as timestamp),
    due_at
from due
