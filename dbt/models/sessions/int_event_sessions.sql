with

events as (

    select * from {{ ref('int_events_identified') }}

),

persons as (

    select
        person_key,
        {{ stable_key(['person_id']) }} as person_hash
    from {{ delta('int_person_identifiers') }}
    where is_stable_key

),

acts as (

    select
        events.person_key,
        persons.person_hash,
        events.occurred_at,
        events.event_rank,
        events.event_id
    from events
    left join persons on events.person_key = persons.person_key
    where {{ is_human_act('events') }}

)

select
    event_id,
    person_key,
    session_id,
    session_event_number
-- The linter's parser does not know window frames without an order.
from ({{ sessionize('acts') }}) as sessionized -- noqa: PRS
