{{ config(materialized='incremental', unique_key='person_key') }}

with

-- An unsubscribe counts by whatever made it: the e-mail service has it, too.
events as (

    select * from {{ ref('int_events_identified') }}

)

select
    person_key,
    contact_key,
    max(case when micro_conversion = 'newsletter_signup' then occurred_at end) as signed_up_at,
    max(case when micro_conversion = 'unsubscribe' then occurred_at end) as unsubscribed_at,
    max(case when micro_conversion in ('hard_bounce', 'email_bounce') then occurred_at end) as bounced_at,
    max(case when micro_conversion = 'spam_complaint' then occurred_at end) as complained_at,
    max(case when {{ is_human_act() }} then occurred_at end) as last_acted_at,
    max(occurred_at) as last_seen_at
from events
where person_key is not null and contact_key is not null
group by person_key, contact_key
