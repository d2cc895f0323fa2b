with

events as (

    select * from {{ ref('fct_events') }}

),

audiences as (

    select * from {{ ref('int_audience_assignments') }}

),

-- An assignment, where the source reports any, else the send, else the first event that names the arm: a click on an
-- e-mail that was forwarded puts no one into an arm, nor takes anyone out of one. Those who opened or clicked are a biased
-- sample of the recipients: without its sends a test of e-mails has no arms.
candidates as (

    select
        experiment,
        variant,
        person_key,
        occurred_at,
        campaign_key,
        source,
        case
            when {{ is_assignment('event_name') }} then 2
            when {{ email_role('source', 'event_name') }} = 'send' then 1
            when {{ email_role('source', 'event_name') }} is null then 0
        end as evidence
    from events
    where experiment is not null and variant is not null and person_key is not null

),

experiments as (

    select
        experiment,
        max(evidence) as evidence
    from candidates
    where evidence is not null
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
        max(candidates.evidence) = 2 as is_by_assignment
    from candidates
    inner join experiments
        on
            candidates.experiment = experiments.experiment
            and candidates.evidence = experiments.evidence
    group by candidates.experiment, candidates.person_key

)

select
    assignments.experiment,
    assignments.person_key,
    assignments.variant,
    assignments.assigned_at,
    assignments.campaign_key,
    cast(assignments.source as string) as source,
    assignments.is_by_assignment,
    assignments.variant <> assignments.other_variant as is_in_two_arms
from assignments
union all
select
    audience_id,
    person_key,
    arm,
    assigned_at,
    cast(null as string),
    'audience',
    true,
    is_in_two_arms
from audiences
