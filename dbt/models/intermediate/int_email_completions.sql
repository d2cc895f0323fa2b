{{ config(materialized='incremental', incremental_strategy='replace_affected', unique_key='person_key') }}

with

populations as (

    select *
    from {{ ref('completion_populations') }}
    where population <> 'persons'

),

exposures as (

    select * from {{ affected('int_email_exposures') }}

),

events as (

    select * from {{ affected('fct_events') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

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
    max(case when events.is_machine then 0 else 1 end) = 1 as is_human
from events
inner join counted_as on events.micro_conversion = counted_as.micro_conversion
inner join populations on counted_as.counts_as = populations.micro_conversion
inner join exposures
    on
        events.person_key = exposures.person_key
        and events.email_id = exposures.email_id
        and events.occurred_at >= exposures.sent_at
        and events.occurred_at <= {{ plus_days('exposures.sent_at', 'populations.window_days') }}
where populations.population = 'sends' or exposures.delivered_at is not null
group by populations.micro_conversion, exposures.person_key, exposures.email_id
