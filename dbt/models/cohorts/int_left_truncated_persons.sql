with

first_touches as (

    select * from {{ ref('int_person_first_touches') }}

),

sources as (

    select * from {{ ref('int_source_watermarks') }}

),

identifiers as (

    select * from {{ ref('int_person_identifiers') }}

),

contacts as (

    select * from {{ ref('int_contacts') }}

),

known_since as (

    select
        identifiers.person_key,
        min(least(
            coalesce(contacts.created_at, contacts.subscribed_at), coalesce(contacts.subscribed_at, contacts.created_at)
        )) as contact_since
    from contacts
    inner join identifiers
        on identifiers.identifier_kind = 'contact_key' and contacts.contact_key = identifiers.identifier
    group by identifiers.person_key

),

-- The data of a source begin with its first event: acts from before it are missing.
described as (

    select
        first_touches.person_key,
        coalesce(first_touches.first_active_at, first_touches.first_event_at) as first_active_at,
        first_touches.first_event_at,
        known_since.contact_since,
        sources.begins_at as data_begin_at
    from first_touches
    inner join sources
        on first_touches.source = sources.source and first_touches.feed is not distinct from sources.feed
    left join known_since on first_touches.person_key = known_since.person_key

)

-- A contact record from just before the first act shows that it was the first.
select person_key
from described
where
    contact_since < data_begin_at
    or (
        first_event_at < {{ plus_days('data_begin_at', var('left_truncation_days')) }}
        and coalesce(contact_since >= {{ plus_days('first_active_at', 1) }}, true)
    )
