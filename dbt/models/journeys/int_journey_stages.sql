{{ config(materialized='incremental', unique_key='person_key') }}

with

journey_events as (

    select * from {{ delta('int_journey_events') }}

),

events_with_stage as (

    select
        *,
        {{ entered_stage('journey_stage', 'ends_journey', 'is_first_journey') }} as stage
    from journey_events
    where polarity in ('micro', 'macro')

),

staged_events as (

    select *
    from events_with_stage
    where {{ journey_stage_rank('stage') }} is not null

),

compared as (

    {{ transitions('staged_events', previous=['stage', 'journey_id'], is_physically_ordered=true) }}

),

-- A span opens when the stage or the journey changes.
openings as (

    select
        event_id,
        person_key,
        journey_id,
        occurred_at,
        event_rank,
        is_known,
        stage,
        {{ journey_stage_rank('stage') }} as stage_rank,
        case when journey_id = previous_journey_id then previous_stage end as previous_stage_in_journey
    from compared
    where not has_previous or stage <> previous_stage or journey_id <> previous_journey_id

),

spans as (

    -- The linter's parser does not know window frames without an order.
    {{ transitions('openings', [], ['occurred_at', 'stage'], ['person_key'], is_physically_ordered=true) }} -- noqa: PRS

)

select
    event_id as stage_span_id,
    person_key,
    journey_id,
    cast(number_in_person_key as integer) as span_number,
    stage,
    cast(stage_rank as integer) as stage_rank,
    cast(max(stage_rank) over (
        partition by person_key order by number_in_person_key
        rows between unbounded preceding and current row
    ) as integer) as highest_stage_rank,
    previous_stage_in_journey as previous_stage,
    next_stage,
    occurred_at as entered_at,
    is_known,
    next_occurred_at as left_at,
    coalesce(
        stage_rank < {{ journey_stage_rank('previous_stage_in_journey') }}, false
    ) as is_regression
from spans
