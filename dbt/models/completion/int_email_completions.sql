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

acts_in_window as (

    select
        populations.micro_conversion,
        populations.window_days,
        exposures.*,
        not email_acts.is_machine as is_human
    from email_acts
    inner join lineage on email_acts.micro_conversion = lineage.micro_conversion
    inner join populations on lineage.counts_as = populations.micro_conversion
    inner join exposures
        on
            email_acts.person_key = exposures.person_key
            and email_acts.email_id = exposures.email_id
            and email_acts.occurred_at >= exposures.sent_at
            and email_acts.occurred_at <= {{ plus_days('exposures.sent_at', 'populations.window_days') }}
    where
        populations.micro_conversion <> 'email_open'
        and (populations.population = 'sends' or exposures.delivered_at is not null)

),

-- Opens are those of `rpt_open_rates`: a click implies one, whether or not an image was loaded.
opens_in_window as (

    select
        populations.micro_conversion,
        populations.window_days,
        exposures.*,
        {{ opened_within('exposures', 'first_human_open_at', 'populations.window_days') }} as is_human
    from exposures
    inner join populations on populations.micro_conversion = 'email_open'
    where
        exposures.delivered_at is not null
        and {{ opened_within('exposures', 'first_open_at', 'populations.window_days') }}

),

unioned as (

    select * from acts_in_window
    union all
    select * from opens_in_window

)

select
    micro_conversion,
    person_key,
    email_id,
    min(sent_at) as sent_at,
    min(cohort_month) as cohort_month,
    min(mailbox_provider) as mailbox_provider,
    min(opens_observable) as opens_observable,
    min(opens_observable_reason) as opens_observable_reason,
    min(window_days) as window_days,
    max(case when is_human then 1 else 0 end) = 1 as is_human
from unioned
group by micro_conversion, person_key, email_id
