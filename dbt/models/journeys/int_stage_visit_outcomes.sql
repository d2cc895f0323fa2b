{{ config(materialized='incremental', unique_key='person_key') }}

with

stages as (

    select * from {{ delta('int_journey_stages') }}

),

exits as (

    select * from {{ delta('int_person_exits') }}

),

-- Leaving the list competes with going on: the next stage of a person who has left is not pending.
first_exits as (

    select
        stages.stage_span_id,
        min(exits.exited_at) as exited_at
    from stages
    inner join exits
        on
            stages.person_key = exits.person_key
            and stages.entered_at <= exits.exited_at
            and (stages.left_at is null or stages.left_at > exits.exited_at)
    group by stages.stage_span_id

)

select
    stages.stage_span_id,
    stages.person_key,
    {{ person_population('stages.is_known') }} as person_population,
    stages.stage as from_stage,
    case when first_exits.stage_span_id is not null then 'lost' else stages.next_stage end as to_stage,
    stages.entered_at,
    coalesce(first_exits.exited_at, stages.left_at) as ended_at,
    {{ seconds_between('stages.entered_at', 'coalesce(first_exits.exited_at, stages.left_at)') }} as seconds
from stages
left join first_exits on stages.stage_span_id = first_exits.stage_span_id
