{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ delta('fct_events') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

macro_conversions as (

    select * from {{ delta('fct_macro_conversions') }}

),

refunds as (

    select * from {{ delta('fct_refunds') }}

),

acts as (

    select
        events.person_key,
        cast(events.occurred_at as date) as day,
        count(case when {{ is_activity('events') }} then 1 end) as activities,
        min_by(events.is_known, {{ act_order('events') }}) filter (where {{ is_activity('events') }}) as begins_known,
        count(case when types.polarity = 'micro' then 1 end) as micro_conversions
    from events
    left join types on events.micro_conversion = types.micro_conversion
    where {{ is_human_act('events') }}
    group by events.person_key, cast(events.occurred_at as date)

),

first_activities as (

    select
        person_key,
        min(day) as first_day,
        min_by(begins_known, day) as is_known
    from acts
    where activities > 0
    group by person_key

),

conversions as (

    select
        person_key,
        cast(occurred_at as date) as day,
        count(*) as macro_conversions,
        count(case when is_order then 1 end) as orders,
        coalesce(sum(converted_revenue), 0) as revenue,
        {{ unconverted_orders('converted_revenue', 'is_order') }} as unconverted_orders,
        min(conversion_number) = 1 as has_first_conversion
    from macro_conversions
    where person_key is not null
    group by person_key, cast(occurred_at as date)

),

-- A refund of an order from before the data lowers what the person has brought from their first day on.
money_back as (

    select
        refunds.person_key,
        greatest(cast(refunds.occurred_at as date), first_activities.first_day) as day,
        coalesce(sum(refunds.converted_amount), 0) as refunds
    from refunds
    inner join first_activities on refunds.person_key = first_activities.person_key
    group by refunds.person_key, greatest(cast(refunds.occurred_at as date), first_activities.first_day)

),

-- From the first activity on, the days on which a person acted or money moved; only opens or money do not count as activity.
days as (

    select
        moments.person_key,
        moments.day
    from (
        select
            person_key,
            day
        from acts
        union
        select
            person_key,
            day
        from money_back
    ) as moments
    inner join first_activities
        on moments.person_key = first_activities.person_key and moments.day >= first_activities.first_day

)

-- In the physical order in which the cohorts read it.
select
    days.person_key,
    days.day,
    first_activities.first_day,
    first_activities.is_known,
    coalesce(acts.activities, 0) as activities,
    coalesce(acts.micro_conversions, 0) as micro_conversions,
    coalesce(conversions.macro_conversions, 0) as macro_conversions,
    coalesce(conversions.orders, 0) as orders,
    cast(coalesce(conversions.revenue, 0) as decimal(38, 4)) as revenue,
    cast(coalesce(money_back.refunds, 0) as decimal(38, 4)) as refunds,
    coalesce(conversions.unconverted_orders, 0) as unconverted_orders,
    coalesce(conversions.has_first_conversion, false) as has_first_conversion
from days
inner join first_activities on days.person_key = first_activities.person_key
left join acts on days.person_key = acts.person_key and days.day = acts.day
left join conversions on days.person_key = conversions.person_key and days.day = conversions.day
left join money_back on days.person_key = money_back.person_key and days.day = money_back.day
order by days.person_key, days.day
