with

affected_persons as (

    select * from {{ ref('int_affected_persons') }}

),

withheld_sends as (

    select * from {{ previous_build('int_withheld_sends', {'person_key': 'integer', 'email_send_id': 'bigint'}) }}

)

select withheld_sends.email_send_id
from withheld_sends
inner join affected_persons on withheld_sends.person_key = affected_persons.person_key
