{%- set beginning = "timestamp '" ~ var('earliest_time') ~ "'" -%}

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
-- What names no address counts for all of the person.
acts as (

    select
        identifiers.person_key,
        identifiers.identifier as contact_key,
        histories.signed_up_at,
        histories.unsubscribed_at,
        histories.bounced_at,
        histories.complained_at,
        histories.reached_at,
        histories.last_acted_at,
        histories.last_seen_at
    from identifiers
    inner join histories on identifiers.identifier = histories.contact_key
    union all
    select
        identifiers.person_key,
        identifiers.identifier,
        histories.signed_up_at,
        histories.unsubscribed_at,
        histories.bounced_at,
        histories.complained_at,
        histories.reached_at,
        histories.last_acted_at,
        histories.last_seen_at
    from identifiers
    inner join histories on identifiers.person_key = histories.person_key
    where histories.contact_key is null

),

-- On one service's list still and off another's is subscribed, as it is for the person; off that of one account of a
-- service is off.
listed as (

    select
        contact_key,
        min(is_refused) as is_unsubscribed,
        max(unsubscribed_at) as unsubscribed_at,
        max(has_bounced) as has_bounced,
        max(has_complained) as has_complained,
        max(subscribed_at) as subscribed_at
    from contacts
    group by contact_key

),

used as (

    select
        person_key,
        contact_key,
        max(signed_up_at) as signed_up_at,
        max(unsubscribed_at) as unsubscribed_at,
        max(bounced_at) as bounced_at,
        max(complained_at) as complained_at,
        max(reached_at) as reached_at,
        max(last_acted_at) as last_acted_at,
        max(last_seen_at) as last_seen_at
    from acts
    group by person_key, contact_key

),

-- Who leaves leaves with every address: another one is no way round it.
left_by_person as (

    select
        identifiers.person_key,
        max(used.complained_at) is not null or coalesce(max(listed.has_complained), false) as has_complained,
        max(used.unsubscribed_at) as unsubscribed_at,
        max(case when listed.is_unsubscribed then coalesce(listed.unsubscribed_at, {{ beginning }}) end) as taken_off_at,
        max(used.signed_up_at) as signed_up_at,
        max(case when not listed.is_unsubscribed then listed.subscribed_at end) as subscribed_at
    from identifiers
    left join used on identifiers.identifier = used.contact_key
    left join listed on identifiers.identifier = listed.contact_key
    group by identifiers.person_key

),

described as (

    select
        identifiers.person_key,
        identifiers.identifier as contact_key,
        used.last_acted_at,
        used.last_seen_at,
        listed.is_unsubscribed,
        {{ mailing_exclusion('persons', 'addresses', 'listed', 'used', 'left_by_person') }} as left_out_because
    from identifiers
    inner join persons on identifiers.person_key = persons.person_key
    inner join left_by_person on identifiers.person_key = left_by_person.person_key
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
