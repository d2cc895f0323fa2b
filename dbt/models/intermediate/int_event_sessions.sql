with

events as (
    select * from {{ ref('int_events_identified') }}
),

acts as (
    select
        person_key,
        occurred_at,
        event_rank,
        event_id
    from events
    where {{ is_human_act() }}
)

select
    event_id,
    person_key,
    session_id,
    session_event_number
from ({{ sessionize('acts') }}) as sessionized
