{{ config(materialized='view') }}

with

journeys as (

    select * from {{ ref('int_journeys') }}

),

watermark as (

    select coalesce({{ outcome_watermark('macro_conversion') }}, watermark_at) as watermark_at
    from {{ ref('int_data_watermark') }}

),

-- A journey without an outcome has been followed for longer every day, without any event.
followed_journeys as (

    select
        journeys.*,
        case when journeys.ended_at is null then greatest(journeys.entered_at, watermark.watermark_at) end as censored_at
    from journeys
    cross join watermark

)

select
    journey_id,
    person_key,
    journey_number,
    entered_at,
    ended_at,
    ended_at is not null as converted,
    censored_at,
    exited_at,
    {{ seconds_between('entered_at', 'coalesce(ended_at, censored_at)') }} as duration_seconds,
    entry_source,
    entry_campaign_key,
    macro_conversion_id,
    macro_conversion,
    path,
    path_length,
    micro_conversion_count,
    sequence_ids,
    revenue,
    net_revenue
from followed_journeys
