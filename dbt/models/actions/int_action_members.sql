with

persons as (

    select * from {{ ref('int_audience_persons') }}

),

actions as (

    select * from {{ ref('int_action_gains') }}
    where level = 'segment'

),

-- Whose consent is unknown is counted here too, so that an option that mails them mails each once. An action that nothing
-- shows to bring anything can be tried with a holdout by those whom no other needs; one that was tried is not.
claims as (

    select
        persons.person_key,
        persons.audience_id,
        row_number() over (
            partition by persons.person_key
            order by
                case when actions.found = 'recommended' then 0 else 1 end,
                actions.shrunken_gain_per_person desc nulls last,
                actions.conversion_rate desc nulls last,
                actions.rule_id
        ) as place
    from persons
    inner join actions on persons.rule_id = actions.rule_id
    where
        coalesce(persons.left_out_because, 'unknown_consent') = 'unknown_consent'
        and (
            actions.found = 'recommended'
            or (actions.found = 'no gain shown' and actions.is_measured = false)
        )

)

select
    audience_id,
    person_key
from claims
where place = 1
