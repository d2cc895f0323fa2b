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
    case when events.contact_key is null then 'user_id' else 'contact_key' end as recipient_kind,
    coalesce(events.contact_key, events.user_id) as recipient_identifier,
    {{ email_send_id('events') }} as email_send_id
from events
left join identifiers on {{ is_recipient('identifiers', 'events') }}
left join consents on identifiers.person_key = consents.person_key
where
    events.email_id is not null
    and coalesce(events.contact_key, events.user_id) is not null
    and {{ is_email_event('events.source', 'events.event_name') }}
    and (identifiers.person_key is null or {{ refuses_analytics('consents') }})
