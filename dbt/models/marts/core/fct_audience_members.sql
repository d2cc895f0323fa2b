with

persons as (

    select * from {{ ref('int_audience_persons') }}

),

actions as (

    select * from {{ ref('rpt_actions') }}
    where level = 'segment'

),

assignments as (

    select * from {{ ref('int_audience_assignments') }}

),

-- Whose consent is unknown is counted here too, so that an option that mails them mails nobody twice.
claims as (

    select
        persons.person_key,
        persons.audience_id,
        row_number() over (partition by persons.person_key order by actions.priority) as place
    from persons
    inner join actions on persons.audience_id = actions.audience_id
    where
        actions.status = 'recommended'
        and coalesce(persons.left_out_because, 'unknown_consent') = 'unknown_consent'

)

select
    persons.audience_id,
    persons.person_key,
    persons.person_id,
    persons.left_out_because,
    case when persons.rule_id is not null then coalesce(claims.place = 1, false) end as is_assigned,
    case when assignments.is_in_two_arms = false then assignments.arm end as arm
from persons
left join claims on persons.person_key = claims.person_key and persons.audience_id = claims.audience_id
left join assignments
    on persons.person_key = assignments.person_key and persons.audience_id = assignments.audience_id
