{{ config(materialized='view') }}

with

outcomes as (

    select * from {{ ref('int_stage_outcomes') }}

),

watermark as (

    select * from {{ ref('int_data_watermark') }}

),

-- A stage that nobody was seen to leave is censored where the data ends.
durations as (

    select
        outcomes.from_stage,
        outcomes.to_stage,
        {{ seconds_between('outcomes.entered_at', 'coalesce(outcomes.left_at, watermark.watermark_at)') }} as seconds
    from outcomes
    cross join watermark

)

select
    from_stage,
    to_stage,
    seconds,
    count(*) as spans
from durations
group by from_stage, to_stage, seconds
