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
        coalesce(resolved_events.event_rank, {{ var('unknown_event_rank') }}) as event_rank,
        events.source,
        coalesce(events.source_position, 0) as source_position,
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

),

-- Files of whole seconds have a sign-up and the visit that led to it in one instant.
events_of_linking_instants as (

    select
        events_of_persons.event_id,
        events_of_persons.person_key,
        events_of_persons.client_id,
        events_of_persons.is_declared,
        row_number() over (
            partition by events_of_persons.person_key, events_of_persons.client_id
            order by
                events_of_persons.event_rank, events_of_persons.source,
                events_of_persons.source_position nulls last, events_of_persons.event_id
        ) as place_in_instant
    from events_of_persons
    inner join browsers
        on
            events_of_persons.person_key = browsers.person_key
            and events_of_persons.client_id = browsers.client_id
            and events_of_persons.occurred_at = browsers.linked_at

),

linking_places as (

    select
        person_key,
        client_id,
        min(place_in_instant) as place_in_instant
    from events_of_linking_instants
    where is_declared
    group by person_key, client_id

),

events_before_the_link as (

    select events_of_linking_instants.event_id
    from events_of_linking_instants
    inner join linking_places
        on
            events_of_linking_instants.person_key = linking_places.person_key
            and events_of_linking_instants.client_id = linking_places.client_id
            and events_of_linking_instants.place_in_instant < linking_places.place_in_instant

)

select events_of_persons.event_id
from events_of_persons
left join browsers
    on
        events_of_persons.person_key = browsers.person_key
        and events_of_persons.client_id = browsers.client_id
left join events_before_the_link on events_of_persons.event_id = events_before_the_link.event_id
where
    events_of_persons.is_declared
    or (browsers.linked_at <= events_of_persons.occurred_at and events_before_the_link.event_id is null)
