with

edges as (

    select
        referrer_key,
        referred_key,
        row_number() over (order by referrer_key, referred_key) as edge_number
    from {{ ref('int_referral_edges') }}

),

progress as (

    select * from {{ ref('int_sequence_progress') }}

),

journey_events as (

    select * from {{ ref('int_journey_events') }}

),

steps as (

    select * from {{ ref('int_sequence_steps') }}

),

entries as (

    select * from {{ ref('int_sequence_entries') }}

),

moves as (

    select * from {{ ref('int_sequence_moves') }}

),

step_types as (

    select * from {{ ref('int_sequence_step_types') }}
    where is_of_referred_person

),

steps_of_referrers as (

    select
        progress.sequence_id,
        progress.step_number,
        edges.edge_number,
        progress.occurred_at,
        progress.event_id
    from progress
    inner join edges on progress.person_key = edges.referrer_key
    where progress.is_first_attempt and progress.sequence_id in (select sequence_id from step_types)

),

steps_of_referred as (

    select
        step_types.sequence_id,
        step_types.step_number,
        edges.edge_number,
        journey_events.occurred_at,
        journey_events.event_id
    from journey_events
    inner join edges on journey_events.person_key = edges.referred_key
    inner join step_types on journey_events.micro_conversion = step_types.micro_conversion

),

steps_of_both as (

    select * from steps_of_referrers
    union all
    select * from steps_of_referred

),

-- Both persons of an edge are followed as if they were one.
step_events as (

    select
        sequence_id,
        step_number,
        edge_number as person_key,
        dense_rank() over (order by occurred_at, event_id) as act_position,
        occurred_at,
        event_id
    from steps_of_both

),

reached_steps as (

    -- The linter's parser does not know window frames without an order.
    {{ funnel_steps('step_events', 'entries', 'moves') }} -- noqa: PRS

)

select
    reached_steps.sequence_id,
    edges.referrer_key as person_key,
    reached_steps.step_number,
    min(reached_steps.occurred_at) as occurred_at
from reached_steps
inner join edges on reached_steps.person_key = edges.edge_number
inner join steps
    on
        reached_steps.sequence_id = steps.sequence_id
        and reached_steps.step_number = steps.step_number
        and steps.is_of_referred_person
group by reached_steps.sequence_id, edges.referrer_key, reached_steps.step_number
