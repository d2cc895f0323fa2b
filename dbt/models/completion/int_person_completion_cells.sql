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

    select * from {{ ref('int_person_completions') }}

),

watermarks as (

    select
        outcome as micro_conversion,
        watermark_at,
        known_from
    from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'micro_conversion'

),

populations_with_watermark as (

    select
        populations.*,
        watermarks.watermark_at,
        watermarks.known_from
    from populations
    inner join watermarks on populations.micro_conversion = watermarks.micro_conversion

),

mature_completions as (

    select completions.*
    from completions
    inner join watermarks on completions.micro_conversion = watermarks.micro_conversion
    where {{ exposure_is_mature(
        'completions.exposed_at', 'completions.window_days', 'watermarks.watermark_at', 'watermarks.known_from'
    ) }}

),

-- Outcomes of equal windows that are known from and until the same instants have the same mature persons.
windows as (

    select distinct
        exposure,
        window_days,
        watermark_at,
        known_from
    from populations_with_watermark

),

exposed as (

    select
        windows.exposure,
        windows.window_days,
        windows.watermark_at,
        windows.known_from,
        exposures.device,
        exposures.campaign_key,
        exposures.is_known,
        exposures.cohort_month,
        {%- set window = ['exposures.exposed_at', 'windows.window_days', 'windows.watermark_at', 'windows.known_from'] %}
        count(case when {{ exposure_is_mature(*window) }} then 1 end) as eligible,
        count(case when {{ exposure_is_immature(*window) }} then 1 end) as immature
    from exposures
    inner join windows on exposures.exposure = windows.exposure
    group by
        windows.exposure, windows.window_days, windows.watermark_at, windows.known_from, exposures.device,
        exposures.campaign_key, exposures.is_known, exposures.cohort_month

),

completed as (

    select
        micro_conversion,
        device,
        campaign_key,
        is_known,
        cohort_month,
        count(*) as completed
    from mature_completions
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
inner join populations_with_watermark as populations
    on
        exposed.exposure = populations.exposure
        and exposed.window_days = populations.window_days
        and exposed.watermark_at is not distinct from populations.watermark_at
        and exposed.known_from is not distinct from populations.known_from
left join completed
    on
        populations.micro_conversion = completed.micro_conversion
        and exposed.device is not distinct from completed.device
        and exposed.campaign_key is not distinct from completed.campaign_key
        and exposed.is_known = completed.is_known
        and exposed.cohort_month = completed.cohort_month
