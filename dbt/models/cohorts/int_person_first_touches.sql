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

-- Of who only ever opened e-mails, the first event.
select
    person_key,
    min(occurred_at) as first_event_at,
    min(occurred_at) filter (where is_activity) as first_active_at,
    cast(coalesce(
        min_by(source, act_order) filter (where is_activity), min_by(source, act_order)
    ) as string) as source,
    nullif(coalesce(
        min_by(feed, act_order) filter (where is_activity), min_by(feed, act_order)
    ), '') as feed
from ordered_events
group by person_key
