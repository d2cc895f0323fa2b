with

affected_identifiers as (

    select * from {{ ref('int_affected_identifiers') }}

),

person_identifiers as (

    select * from {{ previous_build('int_person_identifiers', {
        'identifier_kind': 'string', 'identifier': 'string', 'person_key': 'integer',
    }) }}

)

select distinct person_identifiers.person_key
from person_identifiers
inner join affected_identifiers
    on
        person_identifiers.identifier_kind = affected_identifiers.identifier_kind
        and person_identifiers.identifier = affected_identifiers.identifier
