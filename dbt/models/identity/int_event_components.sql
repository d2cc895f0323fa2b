with

events as (

    select * from {{ ref('int_events') }}

),

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

components as (

    select * from {{ ref('int_identity_components') }}

),

crowded_identifiers as (

    select * from {{ ref('int_crowded_identifiers') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}

),

-- A shared mailbox is a contact of its own; a shared account or device is no one.
identifiers as (

    select
        nodes.identifier_kind,
        nodes.identifier,
        components.component,
        roots.identifier_kind <> 'client_id' as is_named
    from nodes
    inner join components on nodes.node = components.node
    inner join nodes as roots on components.component = roots.node
    left join crowded_identifiers
        on
            nodes.identifier_kind = crowded_identifiers.identifier_kind
            and nodes.identifier = crowded_identifiers.identifier
    where nodes.identifier_kind = 'contact_key' or crowded_identifiers.identifier is null

),

contacts as (

    select
        identifier as contact_key,
        component
    from identifiers
    where identifier_kind = 'contact_key'

),

users as (

    select
        identifier as user_id,
        component
    from identifiers
    where identifier_kind = 'user_id'

),

clients as (

    select
        identifier as client_id,
        component,
        is_named
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
            when
                device_keys.verdict = 'forwarded'
                or (device_keys.verdict = 'unproven' and clients.is_named)
                or (
                    device_keys.verdict = 'shared_mailbox'
                    and {{ is_email_event('events.source', 'events.event_name') }} = false
                )
                then coalesce(users.component, clients.component)
            else coalesce(users.component, contacts.component, borrowers.component, clients.component)
        end as component,
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
    component,
    coalesce(is_forwarded, false) as is_forwarded
from attributed
where component is not null
