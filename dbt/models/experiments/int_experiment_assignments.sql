with

events as (

    select * from {{ ref('fct_events') }}

),

-- An assignment, where the source reports any, else the send or the first event that names the arm.
candidates as (

    select
        experiment,
        variant,
        person_key,
        occurred_at,
        campaign_key,
        source,
        case when {{ is_assignment('event_name') }} then 1 else 0 end as is_assignment
    from events
    where experiment is not null and variant is not null and person_key is not null

),

experiments as (

    select
        experiment,
        max(is_assignment) as has_assignments
    from candidates
    group by experiment

),

assignments as (

    select
        candidates.experiment,
        candidates.person_key,
        min(candidates.variant) as variant,
        max(candidates.variant) as other_variant,
        min(candidates.occurred_at) as assigned_at,
        min(candidates.campaign_key) as campaign_key,
        min(candidates.source) as source,
        max(experiments.has_assignments) = 1 as is_by_assignment
    from candidates
    inner join experiments
        on
            candidates.experiment = experiments.experiment
            and candidates.is_assignment = experiments.has_assignments
    group by candidates.experiment, candidates.person_key

)

select
    assignments.experiment,
    assignments.person_key,
    assignments.variant,
    assignments.assigned_at,
    assignments.campaign_key,
    assignments.source,
    assignments.is_by_assignment,
    assignments.variant <> assignments.other_variant as is_in_two_arms
from assignments
