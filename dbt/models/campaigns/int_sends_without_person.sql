{{ config(materialized='incremental', unique_key=['person_key', 'email_send_id']) }}

with

events as (

    select * from {{ ref('int_events_identified') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

consents as (

    select * from {{ delta('int_person_consents') }}

)

select distinct
    identifiers.person_key,
    events.contact_key,
    {{ email_send_id('events') }} as email_send_id
from events
left join identifiers
    on identifiers.identifier_kind = 'contact_key' and events.contact_key = identifiers.identifier
left join consents on identifiers.person_key = consents.person_key
where
    events.email_id is not null
    and events.contact_key is not null
    and (identifiers.person_key is null or {{ refuses_analytics('consents') }})
