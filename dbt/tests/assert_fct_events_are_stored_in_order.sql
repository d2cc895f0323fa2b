{{ config(meta={'dagster': {'ref': {'name': 'fct_events'}}}) }}

-- Journey models read fct_events in its stored order: every row must come after the one before it.
with

numbered as (

    select
        person_key,
        occurred_at,
        event_rank,
        event_id,
        row_number() over () as stored_at
    from {{ ref('fct_events') }}
    where person_key is not null

),

compared as (

    select
        *,
        lag(person_key) over (order by stored_at) as person_key_before,
        lag(occurred_at) over (order by stored_at) as occurred_at_before,
        lag(event_rank) over (order by stored_at) as event_rank_before,
        lag(event_id) over (order by stored_at) as event_id_before
    from numbered

)

select *
from compared
where
    person_key < person_key_before
    or (person_key = person_key_before and occurred_at < occurred_at_before)
    or (
        person_key = person_key_before and occurred_at = occurred_at_before
        and (event_rank < event_rank_before or (event_rank = event_rank_before and event_id < event_id_before))
    )
