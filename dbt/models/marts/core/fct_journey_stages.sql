{{ config(materialized='view') }}

with

stages as (

    select * from {{ ref('int_journey_stages') }}

),

watermark as (

    select * from {{ ref('int_data_watermark') }}

)

select
    stages.stage_span_id,
    stages.person_key,
    stages.journey_id,
    stages.span_number,
    stages.stage,
    stages.stage_rank,
    stages.highest_stage_rank,
    stages.previous_stage,
    stages.next_stage,
    stages.entered_at,
    stages.left_at,
    stages.left_at is null as is_censored,
    {{ seconds_between('stages.entered_at', 'coalesce(stages.left_at, watermark.watermark_at)') }} as dwell_seconds,
    stages.is_regression
from stages
cross join watermark
