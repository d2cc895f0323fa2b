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

acts as (

    select
        events.person_key,
        cast(events.occurred_at as date) as day,
        count(*) as acts,
        count(case when types.polarity = 'micro' then 1 end) as micro_conversions
    from events
    left join types on events.micro_conversion = types.micro_conversion
    where {{ is_human_act('events') }}
    group by events.person_key, cast(events.occurred_at as date)

),

first_touches as (

    select
        person_key,
        min(day) as first_day
    from acts
    group by person_key

),

conversions as (

    select
        person_key,
        cast(occurred_at as date) as day,
        count(*) as macro_conversions,
        coalesce({{ exact_sum('revenue') }}, 0) as revenue,
        min(conversion_number) = 1 as has_first_conversion
    from macro_conversions
    where person_key is not null
    group by person_key, cast(occurred_at as date)

)

-- In the physical order in which the cohorts read it.
select
    acts.person_key,
    acts.day,
    first_touches.first_day,
    acts.acts,
    acts.micro_conversions,
    coalesce(conversions.macro_conversions, 0) as macro_conversions,
    coalesce(conversions.revenue, 0) as revenue,
    coalesce(conversions.has_first_conversion, false) as has_first_conversion
from acts
inner join first_touches on acts.person_key = first_touches.person_key
left join conversions on acts.person_key = conversions.person_key and acts.day = conversions.day
order by acts.person_key, acts.day
