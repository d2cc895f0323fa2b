{{ config(materialized='incremental', unique_key='person_key') }}

with

-- An unsubscribe counts by whatever made it: the e-mail service has it, too.
events as (

    select * from {{ ref('int_events_identified') }}

),

with_roles as (

    select
        *,
        {{ email_role('source', 'event_name') }} as email_role
    from events
    where person_key is not null

),

-- Only mail that came in, and no visit to the site, shows that a mailbox takes mail again.
mailing_events as (

    select
        *,
        case
            when micro_conversion = 'newsletter_signup' then 'signed_up'
            when micro_conversion = 'unsubscribe' or email_role = 'unsubscribe' then 'unsubscribed'
            when micro_conversion = 'hard_bounce' then 'bounced'
            when micro_conversion = 'spam_complaint' or email_role = 'complaint' then 'complained'
            when email_role in ('delivered', 'open', 'click') then 'reached'
        end as mailing_act
    from with_roles

)

select
    person_key,
    contact_key,
    max(case when mailing_act = 'signed_up' then occurred_at end) as signed_up_at,
    max(case when mailing_act = 'unsubscribed' then occurred_at end) as unsubscribed_at,
    max(case when mailing_act = 'bounced' then occurred_at end) as bounced_at,
    max(case when mailing_act = 'complained' then occurred_at end) as complained_at,
    max(case when mailing_act = 'reached' then occurred_at end) as reached_at,
    max(case when contact_key is not null and {{ is_human_act() }} then occurred_at end) as last_acted_at,
    max(case when contact_key is not null then occurred_at end) as last_seen_at
from mailing_events
-- Who leaves by an account alone, of whatever address, is to be written to at none.
where contact_key is not null or mailing_act is not null
group by person_key, contact_key
