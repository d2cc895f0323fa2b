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

    select *
    from {{ ref('int_email_completions') }}
    where {{ exposure_is_mature('sent_at', 'window_days') }}

),

windows as (

    select distinct
        window_days,
        population = 'sends' as counts_sends
    from populations

),

exposed as (

    select
        windows.window_days,
        windows.counts_sends,
        exposures.email_id,
        exposures.campaign_key,
        exposures.campaign_kind,
        exposures.cohort_month,
        exposures.mailbox_provider,
        count(case when {{ exposure_is_mature('exposures.sent_at', 'windows.window_days') }} then 1 end) as eligible,
        count(case when not {{ exposure_is_mature('exposures.sent_at', 'windows.window_days') }} then 1 end)
            as immature
    from exposures
    inner join windows on windows.counts_sends or exposures.delivered_at is not null
    group by
        windows.window_days, windows.counts_sends, exposures.email_id, exposures.campaign_key,
        exposures.campaign_kind, exposures.cohort_month, exposures.mailbox_provider

),

completed as (

    select
        micro_conversion,
        email_id,
        cohort_month,
        mailbox_provider,
        count(case when is_human then 1 end) as completed,
        count(*) as completed_gross
    from completions
    group by micro_conversion, email_id, cohort_month, mailbox_provider

),

-- Which call an e-mail carries is known when a human or a scanner has followed it.
calls as (

    select distinct
        micro_conversion,
        email_id
    from completions

)

select
    populations.micro_conversion,
    exposed.email_id,
    exposed.campaign_key,
    exposed.campaign_kind,
    exposed.cohort_month,
    exposed.mailbox_provider,
    exposed.eligible,
    exposed.immature,
    coalesce(completed.completed, 0) as completed,
    coalesce(completed.completed_gross, 0) as completed_gross
from exposed
inner join populations
    on
        exposed.window_days = populations.window_days
        and exposed.counts_sends = (populations.population = 'sends')
left join calls on populations.micro_conversion = calls.micro_conversion and exposed.email_id = calls.email_id
left join completed
    on
        populations.micro_conversion = completed.micro_conversion
        and exposed.email_id = completed.email_id
        and exposed.cohort_month = completed.cohort_month
        and exposed.mailbox_provider is not distinct from completed.mailbox_provider
where populations.population <> 'deliveries_with_call' or calls.email_id is not null
