{{ config(materialized='incremental', unique_key='person_key') }}

with

populations as (

    select * from {{ ref('completion_populations') }}

),

journey_events as (

    select * from {{ delta('int_journey_events') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

sessions as (

    select * from {{ delta('fct_sessions') }}

),

wanted_exposures as (

    select distinct exposure
    from populations
    where population = 'persons'

),

first_touches as (

    select
        person_key,
        min(occurred_at) as first_touch_at
    from journey_events
    where is_entry
    group by person_key

),

by_micro_conversion as (

    select
        wanted_exposures.exposure,
        journey_events.person_key,
        journey_events.occurred_at as exposed_at,
        journey_events.act_position,
        journey_events.device,
        journey_events.campaign_key,
        journey_events.is_known
    from journey_events
    inner join lineage on journey_events.micro_conversion = lineage.micro_conversion
    inner join wanted_exposures on lineage.counts_as = wanted_exposures.exposure

),

by_site_visit as (

    select
        'site_visit' as exposure,
        person_key,
        started_at as exposed_at,
        session_number as act_position,
        device,
        campaign_key,
        is_known
    from sessions
    where is_site_visit

),

by_first_touch as (

    select
        'first_touch' as exposure,
        person_key,
        occurred_at as exposed_at,
        act_position,
        device,
        campaign_key,
        is_known
    from journey_events
    where is_entry

),

exposures as (

    select * from by_micro_conversion
    union all
    select * from by_site_visit
    union all
    select * from by_first_touch

),

first_exposures as (

    select *
    from (
        select
            *,
            row_number() over (partition by exposure, person_key order by act_position) as exposure_number
        from exposures
    ) as numbered
    where exposure_number = 1

)

select
    first_exposures.exposure,
    first_exposures.person_key,
    first_exposures.exposed_at,
    first_exposures.device,
    first_exposures.campaign_key,
    first_exposures.is_known,
    {{ period_start('month', 'first_touches.first_touch_at') }} as cohort_month
from first_exposures
inner join first_touches on first_exposures.person_key = first_touches.person_key
