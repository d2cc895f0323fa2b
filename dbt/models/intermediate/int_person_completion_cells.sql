with

populations as (

    select *
    from {{ ref('completion_populations') }}
    where population = 'persons'

),

exposures as (

    select * from {{ ref('int_person_exposures') }}

),

journey_events as (

    select * from {{ ref('int_journey_events') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

cohort_cells as (

    select
        exposure,
        device,
        campaign_key,
        cohort_month,
        exposed_at,
        count(*) as persons
    from exposures
    group by exposure, device, campaign_key, cohort_month, exposed_at

),

eligible as (

    select
        populations.micro_conversion,
        cohort_cells.device,
        cohort_cells.campaign_key,
        cohort_cells.cohort_month,
        coalesce(sum(cohort_cells.persons) filter (
            where {{ exposure_is_mature('cohort_cells.exposed_at', 'populations.window_days') }}
        ), 0) as eligible,
        coalesce(sum(cohort_cells.persons) filter (
            where not {{ exposure_is_mature('cohort_cells.exposed_at', 'populations.window_days') }}
        ), 0) as immature
    from cohort_cells
    inner join populations on cohort_cells.exposure = populations.exposure
    group by
        populations.micro_conversion, cohort_cells.device, cohort_cells.campaign_key, cohort_cells.cohort_month

),

completed as (

    select
        populations.micro_conversion,
        exposures.device,
        exposures.campaign_key,
        exposures.cohort_month,
        count(distinct exposures.person_key) as completed
    from journey_events
    inner join lineage on journey_events.micro_conversion = lineage.micro_conversion
    inner join populations on lineage.counts_as = populations.micro_conversion
    inner join exposures
        on
            populations.exposure = exposures.exposure
            and journey_events.person_key = exposures.person_key
            and journey_events.occurred_at >= exposures.exposed_at
            and journey_events.occurred_at
            <= {{ plus_days('exposures.exposed_at', 'populations.window_days') }}
    where {{ exposure_is_mature('exposures.exposed_at', 'populations.window_days') }}
    group by populations.micro_conversion, exposures.device, exposures.campaign_key, exposures.cohort_month

)

select
    eligible.*,
    coalesce(completed.completed, 0) as completed
from eligible
left join completed
    on
        eligible.micro_conversion = completed.micro_conversion
        and eligible.device is not distinct from completed.device
        and eligible.campaign_key is not distinct from completed.campaign_key
        and eligible.cohort_month = completed.cohort_month
