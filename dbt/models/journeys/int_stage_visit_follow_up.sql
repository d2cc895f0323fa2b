{{ config(materialized='view') }}

with

outcomes as (

    select * from {{ ref('int_stage_visit_outcomes') }}

),

watermark as (

    select
        watermark_at,
        complete_from
    from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'stage'

),

known_outcomes as (

    select
        outcomes.*,
        watermark.watermark_at,
        coalesce(outcomes.ended_at <= watermark.watermark_at, false) as has_ended
    from outcomes
    inner join watermark
        on
            outcomes.entered_at <= watermark.watermark_at
            and {{ is_after_begin('outcomes.entered_at', 'watermark.complete_from') }}

)

select
    stage_span_id,
    person_key,
    person_population,
    from_stage,
    case when has_ended then to_stage end as to_stage,
    case when has_ended then seconds else {{ seconds_between('entered_at', 'watermark_at') }} end as seconds
from known_outcomes
