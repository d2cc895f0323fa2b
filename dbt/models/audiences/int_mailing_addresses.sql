with

histories as (

    select * from {{ ref('int_contact_histories') }}

),

contacts as (

    select * from {{ ref('int_contacts') }}

),

identifiers as (

    select * from {{ ref('int_person_identifiers') }}
    where identifier_kind = 'contact_key'

),

persons as (

    select * from {{ ref('dim_persons') }}

),

addresses as (

    select distinct contact_key
    from {{ source('pii', 'contacts') }}
    where email is not null

),

-- What was done with an address counts for it, also where the event is another person's, as of a forwarded e-mail.
used as (

    select
        contact_key,
        max(signed_up_at) as signed_up_at,
        max(unsubscribed_at) as unsubscribed_at,
        max(bounced_at) as bounced_at,
        max(complained_at) as complained_at,
        max(last_acted_at) as last_acted_at,
        max(last_seen_at) as last_seen_at
    from histories
    group by contact_key

),

-- On one list still and off another is subscribed, as it is for the person.
listed as (

    select
        contact_key,
        min(is_unsubscribed) as is_unsubscribed,
        max(subscribed_at) as subscribed_at
    from contacts
    group by contact_key

),

described as (

    select
        identifiers.person_key,
        identifiers.identifier as contact_key,
        used.last_acted_at,
        used.last_seen_at,
        listed.is_unsubscribed,
        {{ mailing_exclusion('persons', 'addresses', 'listed', 'used') }} as left_out_because
    from identifiers
    inner join persons on identifiers.person_key = persons.person_key
    left join addresses on identifiers.identifier = addresses.contact_key
    left join used on identifiers.identifier = used.contact_key
    left join listed on identifiers.identifier = listed.contact_key

),

-- A person is written to at one address: one that may be, the one in use, and always the same of two alike.
ranked as (

    select
        *,
        row_number() over (
            partition by person_key
            order by
                {{ exclusion_rank('left_out_because') }},
                last_acted_at desc nulls last,
                last_seen_at desc nulls last,
                contact_key
        ) as place
    from described

)

select
    person_key,
    contact_key,
    left_out_because,
    last_acted_at,
    last_seen_at
from ranked
where place = 1
