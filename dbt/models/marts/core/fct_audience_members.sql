{{ config(tags=['analysis']) }}

with

persons as (

    select * from {{ ref('int_audience_persons') }}

),

kept as (

    select * from {{ ref('int_action_members') }}

),

assignments as (

    select * from {{ ref('int_audience_assignments') }}

)

select
    persons.audience_id,
    persons.person_key,
    persons.person_id,
    persons.left_out_because,
    case when persons.rule_id is not null then kept.person_key is not null end as is_assigned,
    case when assignments.is_in_two_arms = false then assignments.arm end as arm
from persons
left join kept on persons.person_key = kept.person_key and persons.audience_id = kept.audience_id
left join assignments
    on persons.person_key = assignments.person_key and persons.audience_id = assignments.audience_id
