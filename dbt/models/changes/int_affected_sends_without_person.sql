with

affected_identifiers as (

    select * from {{ ref('int_affected_identifiers') }}

),

sends_without_person as (

    select * from {{ previous_build('int_sends_without_person', {'contact_key': 'string', 'email_send_id': 'bigint'}) }}

)

select distinct sends_without_person.email_send_id
from sends_without_person
inner join affected_identifiers
    on
        affected_identifiers.identifier_kind = 'contact_key'
        and sends_without_person.contact_key = affected_identifiers.identifier
