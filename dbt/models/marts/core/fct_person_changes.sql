with

history as (

    select * from {{ ref('int_identifier_history') }}

),

identifiers as (

    select * from {{ ref('int_person_identifiers') }}

),

persons as (

    select * from {{ ref('dim_persons') }}

),

changes as (

    select
        history.changed_at,
        history.change,
        history.person_id_before,
        history.person_id,
        history.evidence,
        history.evidence_at,
        identifiers.person_id as person_id_today
    from history
    left join identifiers
        on history.identifier_kind = identifiers.identifier_kind and history.identifier = identifiers.identifier
    left join persons on identifiers.person_id = persons.person_id
    -- Who refused to be analysed is in no table of persons.
    where
        history.person_id_before is not null
        and (identifiers.person_id is null or persons.person_id is not null)

)

select
    cast(changed_at as timestamp) as changed_at,
    cast(change as string) as change,
    cast(person_id_before as string) as person_id_before,
    cast(person_id as string) as person_id,
    cast(count(*) as integer) as identifiers,
    cast(max(case when change = 'merge' then evidence_at end) as timestamp) as evidence_at,
    cast(max_by(case when change = 'merge' then evidence end, evidence_at) as string) as evidence,
    cast(min(person_id_today) as string) as person_id_today
from changes
group by changed_at, change, person_id_before, person_id
