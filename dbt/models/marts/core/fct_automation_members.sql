{{ config(tags='analysis') }}

with

flow_steps as (

    select * from {{ ref('int_flow_steps') }}

),

progress as (

    select * from {{ ref('int_sequence_progress') }}

),

referrals as (

    select * from {{ ref('int_sequence_referrals') }}

),

sequence_watermarks as (

    select * from {{ ref('int_sequence_watermarks') }}

),

sends as (

    select * from {{ ref('fct_email_sends') }}
    where person_key is not null and sent_at is not null

),

persons as (

    select * from {{ ref('dim_persons') }}
    where person_kind <> 'device'

),

exits as (

    select
        person_key,
        exited_at,
        min(cast(reason as string)) as reason
    from {{ ref('int_person_exits') }}
    group by person_key, exited_at

),

watermarks as (

    select
        'sequence' as flow_kind,
        sequence_id as flow_id,
        watermark_at
    from sequence_watermarks
    union all
    select distinct
        flow_kind,
        flow_id,
        {{ outcome_watermark('micro_conversion', 'email_click') }}
    from flow_steps
    where flow_kind = 'automation'

),

taken_steps as (

    select
        'sequence' as flow_kind,
        sequence_id as flow_id,
        step_number,
        person_key,
        occurred_at
    from progress
    union all
    select
        'sequence',
        sequence_id,
        step_number,
        person_key,
        occurred_at
    from referrals
    union all
    select
        'automation',
        flow_steps.flow_id,
        flow_steps.step_number,
        sends.person_key,
        sends.sent_at
    from sends
    inner join flow_steps on sends.campaign_key = flow_steps.campaign_key

),

-- The last time of each step counts: who enters again waits from there.
last_steps as (

    select
        flow_steps.flow_kind,
        flow_steps.flow_id,
        flow_steps.step_number,
        flow_steps.next_step,
        flow_steps.is_next_observable,
        taken_steps.person_key,
        min(taken_steps.occurred_at) as first_at,
        case flow_steps.flow_kind when 'sequence' then max(taken_steps.occurred_at) else min(taken_steps.occurred_at) end
            as last_at,
        min(watermarks.watermark_at) as watermark_at,
        min(flow_steps.max_seconds_to_next) as max_seconds
    from taken_steps
    inner join flow_steps
        on
            taken_steps.flow_kind = flow_steps.flow_kind
            and taken_steps.flow_id = flow_steps.flow_id
            and taken_steps.step_number = flow_steps.step_number
    inner join watermarks on flow_steps.flow_kind = watermarks.flow_kind and flow_steps.flow_id = watermarks.flow_id
    group by
        flow_steps.flow_kind, flow_steps.flow_id, flow_steps.step_number, flow_steps.next_step,
        flow_steps.is_next_observable, taken_steps.person_key

),

with_completion as (

    select
        *,
        case when max_seconds is not null then {{ plus_seconds('last_at', 'max_seconds') }} end as next_due_by,
        max(case when next_step is null then last_at end) over (partition by flow_kind, flow_id, person_key) as completed_at,
        min(first_at) over (partition by flow_kind, flow_id, person_key) as entered_at,
        max(step_number) over (partition by flow_kind, flow_id, person_key) as furthest_step
    from last_steps

),

-- The furthest step from which the next may still come; without one the furthest step there was.
ranked as (

    select
        *,
        next_step is not null and is_next_observable and (completed_at is null or last_at > completed_at)
        and (next_due_by is null or next_due_by >= watermark_at) as is_open,
        row_number() over (
            partition by flow_kind, flow_id, person_key
            order by
                case
                    when
                        next_step is not null and is_next_observable and (completed_at is null or last_at > completed_at)
                        and (next_due_by is null or next_due_by >= watermark_at)
                        then 0
                    else 1
                end,
                step_number desc
        ) as place
    from with_completion

),

-- Of a sequence anybody may go on without e-mails; of an automation who left the list gets no more of them.
exits_after as (

    select
        ranked.flow_id,
        ranked.person_key,
        min(exits.exited_at) as exited_at,
        min_by(exits.reason, exits.exited_at) as reason
    from ranked
    inner join exits
        on
            ranked.person_key = exits.person_key
            and ranked.last_at <= exits.exited_at
            and (ranked.next_due_by is null or exits.exited_at <= ranked.next_due_by)
    where ranked.flow_kind = 'automation' and ranked.place = 1
    group by ranked.flow_id, ranked.person_key

),

current_steps as (

    select
        ranked.*,
        exits_after.reason as exit_reason,
        exits_after.exited_at
    from ranked
    left join exits_after
        on
            ranked.flow_kind = 'automation'
            and ranked.flow_id = exits_after.flow_id
            and ranked.person_key = exits_after.person_key
    where ranked.place = 1

),

statuses as (

    select
        *,
        case
            when is_open and exited_at is null then 'in progress'
            when is_open then 'exited'
            when completed_at is not null then 'completed'
            when is_next_observable = false then 'not observable'
            else 'exited'
        end as status
    from current_steps

)

select
    statuses.flow_kind,
    statuses.flow_id,
    statuses.person_key,
    persons.person_id,
    statuses.status,
    case
        when statuses.status = 'not observable' then 'no source reports ' || next_steps.step
        when statuses.status = 'exited' then coalesce(statuses.exit_reason, 'next step not in time')
    end as reason,
    statuses.entered_at,
    cast(statuses.step_number as integer) as current_step,
    flow_steps.step as current_step_name,
    statuses.last_at as since,
    cast(statuses.furthest_step as integer) as furthest_step,
    case when statuses.status = 'in progress' then cast(statuses.next_step as integer) end as next_step,
    case when statuses.status = 'in progress' then next_steps.step end as next_step_name,
    case when statuses.status = 'in progress' then statuses.next_due_by end as next_due_by,
    statuses.completed_at,
    case when statuses.status = 'exited' then coalesce(statuses.exited_at, statuses.next_due_by) end as exited_at,
    statuses.watermark_at as known_until
from statuses
inner join persons on statuses.person_key = persons.person_key
inner join flow_steps
    on
        statuses.flow_kind = flow_steps.flow_kind
        and statuses.flow_id = flow_steps.flow_id
        and statuses.step_number = flow_steps.step_number
left join flow_steps as next_steps
    on
        statuses.flow_kind = next_steps.flow_kind
        and statuses.flow_id = next_steps.flow_id
        and statuses.next_step = next_steps.step_number
