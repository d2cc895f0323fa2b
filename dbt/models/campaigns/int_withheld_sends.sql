{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ ref('int_events_identified') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

consents as (

    select * from {{ delta('int_person_consents') }}

),

contacts as (

    select
        identifiers.identifier as contact_key,
        identifiers.person_key
    from identifiers
    inner join consents on identifiers.person_key = consents.person_key
    where identifiers.identifier_kind = 'contact_key' and {{ refuses_analytics('consents') }}

)

select distinct
    contacts.person_key,
    {{ email_send_id('events') }} as email_send_id
from events
inner join contacts on events.contact_key = contacts.contact_key
where events.email_id is not null
