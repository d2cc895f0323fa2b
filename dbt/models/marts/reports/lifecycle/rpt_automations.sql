{%- set days = var('flow_outcome_days') -%}
{%- set known_until = outcome_watermark('macro_conversion') -%}
{%- set known_from = outcome_known_from('macro_conversion') -%}
with

flow_steps as (

    select * from {{ ref('int_flow_steps') }}

),

members as (

    select * from {{ ref('fct_automation_members') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}
    where person_key is not null

),

gaps as (

    select * from {{ ref('rpt_send_times') }}
    where slice_type = 'days_since_previous_email'

),

flows as (

    select
        flow_kind,
        flow_id,
        max(case when next_step is null and is_observable then 1 else 0 end) = 1 as is_observable
    from flow_steps
    group by flow_kind, flow_id

),

first_conversions as (

    select
        members.flow_kind,
        members.flow_id,
        members.person_key,
        min(macro_conversions.occurred_at) as converted_at
    from members
    inner join macro_conversions
        on members.person_key = macro_conversions.person_key and members.entered_at < macro_conversions.occurred_at
    group by members.flow_kind, members.flow_id, members.person_key

),

followed_members as (

    select
        members.*,
        {{ exposure_is_mature('members.entered_at', days, known_until, known_from) }} as is_mature,
        {{ exposure_is_immature('members.entered_at', days, known_until, known_from) }} as is_immature,
        coalesce(first_conversions.converted_at <= {{ plus_days('members.entered_at', days) }}, false) as has_converted
    from members
    left join first_conversions
        on
            members.flow_kind = first_conversions.flow_kind
            and members.flow_id = first_conversions.flow_id
            and members.person_key = first_conversions.person_key

),

flow_counts as (

    select
        flows.flow_kind,
        flows.flow_id,
        flows.is_observable,
        count(members.person_key) as entered,
        count(case when members.status = 'in progress' then 1 end) as in_progress,
        count(case when members.status = 'completed' then 1 end) as completed,
        count(case when members.status = 'exited' then 1 end) as exited,
        count(case when members.status = 'not observable' then 1 end) as not_observable,
        count(case when members.is_mature then 1 end) as eligible,
        count(case when members.is_immature then 1 end) as immature,
        count(case when members.is_mature and members.has_converted then 1 end) as reached
    from flows
    left join followed_members as members on flows.flow_kind = members.flow_kind and flows.flow_id = members.flow_id
    group by flows.flow_kind, flows.flow_id, flows.is_observable

),

-- A later step counts as reaching the earlier one. Who is at a step may still go on; a step that may be skipped loses no one.
step_counts as (

    select
        flow_steps.flow_kind,
        flow_steps.flow_id,
        flow_steps.step_number,
        flow_steps.step,
        flow_steps.is_optional,
        flow_steps.is_observable,
        flow_steps.next_step,
        flow_steps.is_next_observable,
        count(members.person_key) as entered,
        count(case when members.current_step = flow_steps.step_number and members.status = 'in progress' then 1 end)
            as in_progress,
        count(case when members.current_step = flow_steps.step_number and members.status = 'completed' then 1 end)
            as completed,
        count(case when members.current_step = flow_steps.step_number and members.status = 'exited' then 1 end) as exited,
        count(case when members.current_step = flow_steps.step_number and members.status = 'not observable' then 1 end)
            as not_observable,
        count(
            case when members.furthest_step < flow_steps.next_step and members.status = 'in progress' then 1 end
        ) as immature,
        count(case when members.furthest_step >= flow_steps.next_step then 1 end) as reached
    from flow_steps
    left join members
        on
            flow_steps.flow_kind = members.flow_kind
            and flow_steps.flow_id = members.flow_id
            and flow_steps.step_number <= members.furthest_step
    group by
        flow_steps.flow_kind, flow_steps.flow_id, flow_steps.step_number, flow_steps.step, flow_steps.is_optional,
        flow_steps.is_observable, flow_steps.next_step, flow_steps.is_next_observable

),

rated_steps as (

    select
        *,
        case when not is_optional and is_next_observable then entered - immature end as eligible,
        case when not is_optional and is_next_observable then reached end as continued
    from step_counts

)

select
    flow_kind,
    flow_id,
    'flow' as row_type,
    cast(null as integer) as step_number,
    cast(null as string) as step,
    cast(null as string) as gap,
    'macro_conversion' as outcome,
    'known' as person_population,
    case
        when entered = 0 then 'none yet'
        when eligible = 0 then 'immature'
        else 'measured'
    end as status,
    case when not is_observable then 'No source reports the last step: no person is seen to complete it.' end as reason,
    entered,
    in_progress,
    completed,
    exited,
    not_observable,
    eligible,
    immature,
    immature = 0 as is_mature,
    reached,
    reached / cast(nullif(eligible, 0) as double) as rate,
    {{ wilson_interval('reached', 'eligible', 'lower') }} as lower,
    {{ wilson_interval('reached', 'eligible', 'upper') }} as upper,
    'known persons, macro-conversion within {{ days }} days of entering, no effect of the flow; Wilson interval' as method
from flow_counts
union all
select
    flow_kind,
    flow_id,
    'step',
    step_number,
    step,
    null,
    'next_step',
    'known',
    case
        when not is_observable then 'not observable'
        when entered = 0 then 'none yet'
        when is_next_observable = false then 'not observable'
        when eligible = 0 then 'immature'
        else 'measured'
    end,
    case
        when not is_observable then 'No source reports this step, or one before it that must be taken.'
        when is_next_observable = false then 'No source reports the next step.'
        when is_optional then 'It may be skipped: no rate.'
        when next_step is null then 'It is the last one: no rate.'
    end,
    entered,
    in_progress,
    completed,
    exited,
    not_observable,
    coalesce(eligible, 0),
    immature,
    immature = 0,
    continued,
    continued / cast(nullif(eligible, 0) as double),
    {{ wilson_interval('continued', 'eligible', 'lower') }},
    {{ wilson_interval('continued', 'eligible', 'upper') }},
    'known persons by their furthest attempt, without who may still go on; Wilson interval'
from rated_steps
union all
select
    'automation',
    sequence,
    'gap',
    position,
    null,
    slice,
    outcome,
    'known',
    verdict,
    null,
    eligible as entered,
    null,
    null,
    null,
    null,
    eligible,
    cast(0 as bigint),
    true,
    completed,
    rate,
    rate_lower,
    rate_upper,
    method
from gaps
