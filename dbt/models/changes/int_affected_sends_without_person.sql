with

affected_identifiers as (

    select * from {{ ref('int_affected_identifiers') }}

),

affected_persons as (

    select * from {{ ref('int_affected_persons') }}

),

sends as (

    select * from {{ previous_build('int_sends_without_person', {
        'person_key': 'integer', 'recipient_kind': 'string', 'recipient_identifier': 'string', 'email_send_id': 'bigint',
    }) }}

)

select email_send_id
from sends
where
    person_key in (select affected_persons.person_key from affected_persons)
    or exists (
        select 1
        from affected_identifiers
        where
            affected_identifiers.identifier_kind = sends.recipient_kind
            and affected_identifiers.identifier = sends.recipient_identifier
    )
