{{ config(materialized='incremental', unique_key='person_key') }}

with

populations as (

    select *
    from {{ ref('completion_populations') }}
    where population = 'persons'

),

exposures as (

    select * from {{ delta('int_person_exposures') }}

),

journey_events as (

    select * from {{ delta('int_journey_events') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

)

select distinct
    populations.micro_conversion,
    exposures.person_key,
    exposures.exposed_at,
    populations.window_days,
    exposures.device,
    exposures.campaign_key,
    exposures.is_known,
    exposures.cohort_month
from journey_events
inner join lineage on journey_events.micro_conversion = lineage.micro_conversion
inner join populations on lineage.counts_as = populations.micro_conversion
inner join exposures
    on
        populations.exposure = exposures.exposure
        and journey_events.person_key = exposures.person_key
        and journey_events.occurred_at >= exposures.exposed_at
        and journey_events.occurred_at <= {{ plus_days('exposures.exposed_at', 'populations.window_days') }}
