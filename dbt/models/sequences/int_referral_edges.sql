with

forwarding_addresses as (

    select * from {{ ref('int_forwarding_addresses') }}

),

identifiers as (

    select * from {{ ref('int_person_identifiers') }}

)

select distinct
    identifiers.person_key as referrer_key,
    forwarding_addresses.person_key as referred_key
from forwarding_addresses
inner join identifiers
    on identifiers.identifier_kind = 'contact_key' and forwarding_addresses.contact_key = identifiers.identifier
where identifiers.person_key <> forwarding_addresses.person_key
