with

populations as (

    select *
    from {{ ref('completion_populations') }}
    where population <> 'persons'

),

exposures as (

    select * from {{ ref('int_email_exposures') }}

),

completions as (

    select * from {{ ref('int_email_completions') }}

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
        populations.population = 'sends' as counts_sends,
        populations.population like 'observable_%' as counts_observable,
        populations.population = 'observable_openers' as counts_openers,
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
        'completions.sent_at', 'completions.window_days', 'watermarks.watermark_at', 'watermarks.known_from'
    ) }}

),

-- Who counts: whose exposure it is, whose opens can be observed, and who of these opened. Outcomes of equal windows that
-- are known from and until the same instants have the same mature recipients.
windows as (

    select distinct
        window_days,
        counts_sends,
        counts_observable,
        counts_openers,
        watermark_at,
        known_from
    from populations_with_watermark

),

counted_exposures as (

    select
        windows.*,
        exposures.email_id,
        exposures.campaign_key,
        exposures.campaign_kind,
        exposures.cohort_month,
        exposures.mailbox_provider,
        {{ exposure_is_mature('exposures.sent_at', 'windows.window_days', 'windows.watermark_at', 'windows.known_from') }} as is_mature,
        (exposures.opens_observable = 'yes' or not windows.counts_observable)
        and (
            not windows.counts_openers
            or {{ opened_within('exposures', 'first_human_open_at', 'windows.window_days') }}
        ) as is_eligible,
        {{ are_opens_reported('exposures.opens_observable_reason') }} or not windows.counts_observable as is_reported
    from exposures
    inner join windows on windows.counts_sends or exposures.delivered_at is not null
    where {{ is_after_begin('exposures.sent_at', 'windows.known_from') }}

),

exposed as (

    select
        window_days,
        counts_sends,
        counts_observable,
        counts_openers,
        watermark_at,
        known_from,
        email_id,
        campaign_key,
        campaign_kind,
        cohort_month,
        mailbox_provider,
        count(case when is_mature and is_eligible then 1 end) as eligible,
        count(case when is_mature and is_reported then 1 end) as eligible_gross,
        count(case when is_eligible and not is_mature then 1 end) as immature
    from counted_exposures
    group by
        window_days, counts_sends, counts_observable, counts_openers, watermark_at, known_from, email_id, campaign_key,
        campaign_kind, cohort_month, mailbox_provider

),

completed as (

    select
        micro_conversion,
        email_id,
        cohort_month,
        mailbox_provider,
        count(case when is_human then 1 end) as completed,
        count(case when is_human and opens_observable = 'yes' then 1 end) as completed_observable,
        count(*) as completed_gross,
        count(case when {{ are_opens_reported('opens_observable_reason') }} then 1 end) as completed_reported
    from mature_completions
    group by micro_conversion, email_id, cohort_month, mailbox_provider

),

-- Which call an e-mail carries is known when a human or a scanner has followed it.
calls as (

    select distinct
        micro_conversion,
        email_id
    from mature_completions

)

select
    populations.micro_conversion,
    exposed.email_id,
    exposed.campaign_key,
    exposed.campaign_kind,
    exposed.cohort_month,
    exposed.mailbox_provider,
    exposed.eligible,
    exposed.eligible_gross,
    exposed.immature,
    coalesce(case when exposed.counts_observable then completed.completed_observable else completed.completed end, 0)
        as completed,
    coalesce(completed.completed_observable, 0) as completed_observable,
    coalesce(
        case when exposed.counts_observable then completed.completed_reported else completed.completed_gross end, 0
    ) as completed_gross
from exposed
inner join populations_with_watermark as populations
    on
        exposed.window_days = populations.window_days
        and exposed.counts_sends = populations.counts_sends
        and exposed.counts_observable = populations.counts_observable
        and exposed.counts_openers = populations.counts_openers
        and exposed.watermark_at is not distinct from populations.watermark_at
        and exposed.known_from is not distinct from populations.known_from
left join calls on populations.micro_conversion = calls.micro_conversion and exposed.email_id = calls.email_id
left join completed
    on
        populations.micro_conversion = completed.micro_conversion
        and exposed.email_id = completed.email_id
        and exposed.cohort_month = completed.cohort_month
        and exposed.mailbox_provider is not distinct from completed.mailbox_provider
where populations.population not like '%_with_call' or calls.email_id is not null
