with

changes as (

    select * from {{ ref('int_partition_changes') }}

),

partition_sessions as (

    select * from {{ previous_build('int_partition_sessions', {
        'event_partition': 'string', 'person_key': 'integer', 'session_id': 'bigint',
    }, is_lasting=true) }}

)

select
    event_partition,
    person_key,
    session_id
from partition_sessions
where event_partition in (select changes.event_partition from changes)
