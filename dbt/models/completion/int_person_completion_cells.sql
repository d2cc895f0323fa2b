with

populations as (

    select *
    from {{ ref('completion_populations') }}
    where population = 'persons'

),

exposures as (

    select * from {{ ref('int_person_exposures') }}

),

completions as (

    select *
    from {{ ref('int_person_completions') }}
    where {{ exposure_is_mature('exposed_at', 'window_days') }}

),

windows as (

    select distinct
        exposure,
        window_days
    from populations

),

exposed as (

    select
        windows.exposure,
        windows.window_days,
        exposures.device,
        exposures.campaign_key,
        exposures.is_known,
        exposures.cohort_month,
        count(case when {{ exposure_is_mature('exposures.exposed_at', 'windows.window_days') }} then 1 end) as eligible,
        count(case when not {{ exposure_is_mature('exposures.exposed_at', 'windows.window_days') }} then 1 end)
            as immature
    from exposures
    inner join windows on exposures.exposure = windows.exposure
    group by
        windows.exposure, windows.window_days, exposures.device, exposures.campaign_key, exposures.is_known,
        exposures.cohort_month

),

completed as (

    select
        micro_conversion,
        device,
        campaign_key,
        is_known,
        cohort_month,
        count(*) as completed
    from completions
    group by micro_conversion, device, campaign_key, is_known, cohort_month

)

select
    populations.micro_conversion,
    exposed.device,
    exposed.campaign_key,
    exposed.is_known,
    exposed.cohort_month,
    exposed.eligible,
    exposed.immature,
    coalesce(completed.completed, 0) as completed
from exposed
inner join populations
    on exposed.exposure = populations.exposure and exposed.window_days = populations.window_days
left join completed
    on
        populations.micro_conversion = completed.micro_conversion
        and exposed.device is not distinct from completed.device
        and exposed.campaign_key is not distinct from completed.campaign_key
        and exposed.is_known = completed.is_known
        and exposed.cohort_month = completed.cohort_month
