with

clicks as (

    select * from {{ ref('int_forwarded_click_components') }}

),

persons as (

    select * from {{ ref('int_person_components') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

)

select
    clicks.event_id,
    identifiers.person_key
from clicks
inner join persons on clicks.component = persons.component
inner join identifiers on persons.person_id = identifiers.person_id and identifiers.is_stable_key
