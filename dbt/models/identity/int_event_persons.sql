with

events as (

    select * from {{ ref('int_events') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}

),

contacts as (

    select
        identifier as contact_key,
        person_key
    from identifiers
    where identifier_kind = 'contact_key'

),

users as (

    select
        identifier as user_id,
        person_key
    from identifiers
    where identifier_kind = 'user_id'

),

clients as (

    select
        identifier as client_id,
        person_key
    from identifiers
    where identifier_kind = 'client_id'

),

device_keys as (

    select
        left_identifier as client_id,
        right_identifier as contact_key,
        verdict
    from edges
    where left_kind = 'client_id' and right_kind = 'contact_key'

),

-- On a shared device a whole visit belongs to the key that showed itself in it.
borrowed_visits as (

    select
        events.client_id,
        events.ga_session_id,
        min(events.contact_key) as contact_key
    from events
    inner join device_keys
        on events.client_id = device_keys.client_id and events.contact_key = device_keys.contact_key
    where device_keys.verdict = 'shared_device'
    group by events.client_id, events.ga_session_id

),

attributed as (

    select
        events.event_id,
        case
            -- The key on a forwarded e-mail's landing is the forwarder's, and that of a shared mailbox belongs to
            -- no single person: the visit is attributed to its device.
            when device_keys.verdict in ('forwarded', 'shared_mailbox') then clients.person_key
            else coalesce(users.person_key, contacts.person_key, borrowers.person_key, clients.person_key)
        end as person_key,
        device_keys.verdict in ('forwarded', 'shared_mailbox') as is_forwarded
    from events
    left join contacts on events.contact_key = contacts.contact_key
    left join users on events.user_id = users.user_id
    left join clients on events.client_id = clients.client_id
    left join device_keys
        on events.client_id = device_keys.client_id and events.contact_key = device_keys.contact_key
    left join borrowed_visits
        on events.client_id = borrowed_visits.client_id and events.ga_session_id = borrowed_visits.ga_session_id
    left join contacts as borrowers on borrowed_visits.contact_key = borrowers.contact_key

)

select
    event_id,
    person_key,
    coalesce(is_forwarded, false) as is_forwarded
from attributed
where person_key is not null
