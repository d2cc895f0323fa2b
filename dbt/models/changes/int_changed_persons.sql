with

changes as (

    select * from {{ ref('int_partition_changes') }}

),

described_events as (

    select * from {{ ref('int_described_events') }}

),

partition_sessions as (

    select * from {{ previous_build('int_partition_sessions', {'event_partition': 'string', 'person_key': 'integer'}) }}

),

withheld_events as (

    select * from {{ previous_build('int_withheld_events', {'person_key': 'integer', 'event_id': 'bigint'}) }}

),

-- Persons with an event in a changed partition.
by_partition as (

    select partition_sessions.person_key
    from partition_sessions
    where partition_sessions.event_partition in (select changes.event_partition from changes)

),

unioned as (

    select * from by_partition
    union
    select person_key from described_events
    union
    -- Events of persons who refused analytics show no person.
    select withheld_events.person_key
    from described_events
    inner join withheld_events on described_events.event_id = withheld_events.event_id
    where described_events.person_key is null

)

select person_key
from unioned
where person_key is not null and not {{ is_full_build() }}
