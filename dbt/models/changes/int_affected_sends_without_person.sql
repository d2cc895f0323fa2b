with

affected_identifiers as (

    select * from {{ ref('int_affected_identifiers') }}

),

affected_persons as (

    select * from {{ ref('int_affected_persons') }}

),

sends as (

    select * from {{ previous_build('int_sends_without_person', {
        'person_key': 'integer', 'contact_key': 'string', 'email_send_id': 'bigint',
    }) }}

)

select email_send_id
from sends
where
    person_key in (select affected_persons.person_key from affected_persons)
    or contact_key in (
        select affected_identifiers.identifier from affected_identifiers
        where affected_identifiers.identifier_kind = 'contact_key'
    )
