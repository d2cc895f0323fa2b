{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ delta('fct_events') }}

),

ordered_events as (

    select
        person_key,
        occurred_at,
        source,
        coalesce(feed, '') as feed,
        {{ is_human_act() }} as is_act,
        {{ act_order() }} as act_order
    from events
    where person_key is not null

)

select
    person_key,
    min(occurred_at) as first_event_at,
    min(occurred_at) filter (where is_act) as first_touch_at,
    cast(min_by(source, act_order) filter (where is_act) as string) as source,
    nullif(min_by(feed, act_order) filter (where is_act), '') as feed
from ordered_events
group by person_key
having max(case when is_act then 1 else 0 end) = 1
