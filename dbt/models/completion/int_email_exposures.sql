{{ config(materialized='incremental', unique_key='person_key') }}

with

sends as (

    select * from {{ delta('fct_email_sends') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

journey_events as (

    select * from {{ delta('int_journey_events') }}

),

first_touches as (

    select
        person_key,
        min(occurred_at) as first_touch_at
    from journey_events
    where is_entry
    group by person_key

),

-- Two addresses of one person are one recipient.
recipients as (

    select
        person_key,
        email_id,
        min(campaign_key) as campaign_key,
        min(mailbox_provider) as mailbox_provider,
        min(sent_at) as sent_at,
        min(delivered_at) as delivered_at,
        min(first_open_at) as first_open_at,
        min(first_human_open_at) as first_human_open_at,
        -- One address at which a person cannot be seen to open hides the person.
        case
            when max(case when opens_observable = 'no' then 1 else 0 end) = 1 then 'no'
            when max(case when opens_observable = 'unknown' then 1 else 0 end) = 1 then 'unknown'
            else 'yes'
        end as opens_observable,
        coalesce(
            min(case when opens_observable = 'no' then opens_observable_reason end), min(opens_observable_reason)
        ) as opens_observable_reason
    from sends
    where person_key is not null and email_id is not null and sent_at is not null
    group by person_key, email_id

)

select
    recipients.*,
    {{ flow_or_campaign('campaigns.kind') }} as campaign_kind,
    {{ period_start('month', 'coalesce(first_touches.first_touch_at, recipients.sent_at)') }} as cohort_month
from recipients
left join campaigns on recipients.campaign_key = campaigns.campaign_key
left join first_touches on recipients.person_key = first_touches.person_key
