{{ config(materialized='incremental', incremental_strategy='replace_affected', unique_key='person_key') }}

with

journey_events as (

    select * from {{ affected('int_journey_events') }}

),

staged_events as (

    select
        *,
        {{ entered_stage('journey_stage', 'ends_journey') }} as stage
    from journey_events
    where polarity in ('micro', 'macro') and {{ journey_stage_rank('journey_stage') }} is not null

),

compared as (

    select
        *,
        lag(stage) over person as previous_stage,
        lag(journey_id) over person as previous_journey_id
    from staged_events
    window person as (partition by person_key order by act_position)

),

-- A span opens when the stage or the journey changes.
openings as (

    select
        *,
        case when journey_id = previous_journey_id then previous_stage end as previous_stage_in_journey
    from compared
    where previous_stage is null or stage <> previous_stage or journey_id <> previous_journey_id

),

spans as (

    select
        *,
        lead(occurred_at) over (partition by person_key order by act_position) as left_at,
        lead(stage) over (partition by person_key order by act_position) as next_stage,
        row_number() over (partition by person_key order by act_position) as span_number,
        max({{ journey_stage_rank('stage') }}) over (
            partition by person_key order by act_position
            rows between unbounded preceding and current row
        ) as highest_stage_rank
    from openings

)

select
    {{ stable_key(["'stage'", 'event_id']) }} as stage_span_id,
    person_key,
    journey_id,
    cast(span_number as integer) as span_number,
    stage,
    cast({{ journey_stage_rank('stage') }} as integer) as stage_rank,
    cast(highest_stage_rank as integer) as highest_stage_rank,
    previous_stage_in_journey as previous_stage,
    next_stage,
    occurred_at as entered_at,
    left_at,
    coalesce(
        {{ journey_stage_rank('stage') }} < {{ journey_stage_rank('previous_stage_in_journey') }}, false
    ) as is_regression
from spans
