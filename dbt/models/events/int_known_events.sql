with

events as (

    select * from {{ ref('int_events') }}

),

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

events_of_persons as (

    select
        events.event_id,
        resolved_events.person_key,
        events.client_id,
        events.occurred_at,
        contacts.identifier is not null or users.identifier is not null as is_declared
    from events
    inner join resolved_events on events.event_id = resolved_events.event_id
    left join identifiers as contacts
        on
            contacts.identifier_kind = 'contact_key'
            and events.contact_key = contacts.identifier
            and resolved_events.person_key = contacts.person_key
    left join identifiers as users
        on
            users.identifier_kind = 'user_id'
            and events.user_id = users.identifier
            and resolved_events.person_key = users.person_key
    where resolved_events.person_key is not null

),

browsers as (

    select
        person_key,
        client_id,
        min(occurred_at) as linked_at
    from events_of_persons
    where is_declared and client_id is not null
    group by person_key, client_id

)

select events_of_persons.event_id
from events_of_persons
left join browsers
    on
        events_of_persons.person_key = browsers.person_key
        and events_of_persons.client_id = browsers.client_id
where events_of_persons.is_declared or browsers.linked_at <= events_of_persons.occurred_at
