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
        {{ is_activity() }} as is_activity,
        {{ act_order() }} as act_order
    from events
    where person_key is not null

)

select
    person_key,
    min(occurred_at) as first_event_at,
    min(occurred_at) filter (where is_activity) as first_active_at,
    cast(min_by(source, act_order) filter (where is_activity) as string) as source,
    nullif(min_by(feed, act_order) filter (where is_activity), '') as feed
from ordered_events
group by person_key
having max(case when is_activity then 1 else 0 end) = 1
