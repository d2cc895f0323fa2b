with

assignments as (

    select * from {{ source('bookkeeping', 'audience_assignments') }}

),

identifiers as (

    select * from {{ ref('int_person_identifiers') }}
    where identifier_kind = 'contact_key'

),

declared as (

    select * from {{ ref('action_holdouts') }}

),

-- Who refused analytics since is in no arm.
persons as (

    select * from {{ ref('dim_persons') }}

),

assigned as (

    select
        assignments.audience_id,
        persons.person_key,
        assignments.arm,
        assignments.share,
        cast(assignments.assigned_at as timestamp) as assigned_at
    from assignments
    inner join identifiers on assignments.contact_key = identifiers.identifier
    inner join persons on identifiers.person_key = persons.person_key

),

first_assigned as (

    select
        audience_id,
        person_key,
        min(arm) as arm,
        min_by(share, assigned_at) as holdout_share,
        min(assigned_at) as assigned_at,
        min(arm) <> max(arm) as is_in_two_arms
    from assigned
    group by audience_id, person_key

)

select
    first_assigned.*,
    first_assigned.arm = 'holdout'
    and (
        declared.audience_id is not null
        or {{ plus_days('first_assigned.assigned_at', var('experiment_outcome_days')) }} > {{ data_watermark() }}
    ) as is_held_out
from first_assigned
left join declared on first_assigned.audience_id = declared.audience_id
