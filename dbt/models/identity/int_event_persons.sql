with

event_components as (

    select * from {{ ref('int_event_components') }}

),

persons as (

    select * from {{ ref('int_person_components') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

)

select
    event_components.event_id,
    identifiers.person_key,
    event_components.is_forwarded
from event_components
inner join persons on event_components.component = persons.component
inner join identifiers on persons.person_id = identifiers.person_id and identifiers.is_stable_key
