{{ config(materialized='incremental', unique_key='person_key') }}

with

populations as (

    select *
    from {{ ref('completion_populations') }}
    where population <> 'persons'

),

exposures as (

    select * from {{ delta('int_email_exposures') }}

),

events as (

    select * from {{ delta('fct_events') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

-- A click on a link of an e-mail is recognised as something more specific, and is a click as well.
email_acts as (

    select
        person_key,
        email_id,
        occurred_at,
        is_machine,
        micro_conversion
    from events
    where email_id is not null and micro_conversion is not null

    union all

    select
        person_key,
        email_id,
        occurred_at,
        is_machine,
        'email_click' as micro_conversion
    from events
    where email_id is not null and event_name in {{ email_event_names('click') }}

),

-- A click implies an open, whether or not the pixel was loaded.
counted_as as (

    select
        micro_conversion,
        counts_as
    from lineage

    union

    select
        micro_conversion,
        'email_open' as counts_as
    from lineage
    where counts_as = 'email_click'

)

select
    populations.micro_conversion,
    exposures.person_key,
    exposures.email_id,
    min(exposures.sent_at) as sent_at,
    min(exposures.cohort_month) as cohort_month,
    min(exposures.mailbox_provider) as mailbox_provider,
    min(populations.window_days) as window_days,
    max(case when email_acts.is_machine then 0 else 1 end) = 1 as is_human
from email_acts
inner join counted_as on email_acts.micro_conversion = counted_as.micro_conversion
inner join populations on counted_as.counts_as = populations.micro_conversion
inner join exposures
    on
        email_acts.person_key = exposures.person_key
        and email_acts.email_id = exposures.email_id
        and email_acts.occurred_at >= exposures.sent_at
        and email_acts.occurred_at <= {{ plus_days('exposures.sent_at', 'populations.window_days') }}
where populations.population = 'sends' or exposures.delivered_at is not null
group by populations.micro_conversion, exposures.person_key, exposures.email_id
