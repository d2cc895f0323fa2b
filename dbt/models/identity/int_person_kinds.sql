with

events as (

    select * from {{ ref('int_events') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

contacts as (

    select * from {{ ref('int_contacts') }}

),

declaring_events as (

    select
        contact_key,
        user_id,
        min(occurred_at) as known_at
    from events
    where contact_key is not null or user_id is not null
    group by contact_key, user_id

),

-- Whatever the event is, an e-mail sent to an address or a visit that declared it: from then on some source had it.
sightings as (

    select
        'contact_key' as identifier_kind,
        contact_key as identifier,
        known_at
    from declaring_events
    where contact_key is not null
    union all
    select
        'user_id',
        user_id,
        known_at
    from declaring_events
    where user_id is not null
    union all
    select
        'contact_key',
        contact_key,
        least(coalesce(created_at, subscribed_at), coalesce(subscribed_at, created_at))
    from contacts

),

persons as (

    select
        identifiers.person_key,
        count(case when identifiers.identifier_kind = 'contact_key' then 1 end) > 0 as has_address,
        count(case when identifiers.identifier_kind = 'user_id' then 1 end) > 0 as has_account,
        min(sightings.known_at) as known_at
    from identifiers
    left join sightings
        on
            identifiers.identifier_kind = sightings.identifier_kind
            and identifiers.identifier = sightings.identifier
    group by identifiers.person_key

)

select
    person_key,
    case when has_address then 'contact' when has_account then 'account' else 'device' end as person_kind,
    known_at
from persons
