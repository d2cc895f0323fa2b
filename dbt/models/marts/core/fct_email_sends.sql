{{ config(materialized='incremental', unique_key=['person_key', 'email_send_id']) }}

with

events as (

    select * from {{ ref('int_events_identified') }}

),

providers as (

    select * from {{ ref('int_mailbox_providers') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

consents as (

    select * from {{ delta('int_person_consents') }}

),

e_mail_events as (

    select
        *,
        {{ email_role('source', 'event_name') }} as email_role
    from events
    where email_id is not null and contact_key is not null

),

event_counts as (

    select
        contact_key,
        email_id,
        min(campaign_key) as campaign_key,
        min(case when email_role = 'send' then occurred_at end) as sent_at,
        min(case when email_role = 'delivered' then occurred_at end) as reported_delivered_at,
        min(case when email_role = 'bounce' then occurred_at end) as bounced_at,
        min(case when email_role = 'bounce' then micro_conversion end) as bounce_class,
        min(case when email_role = 'complaint' then occurred_at end) as complained_at,
        min(case when email_role = 'unsubscribe' then occurred_at end) as unsubscribed_at,
        min(case when email_role in ('open', 'click') then occurred_at end) as first_open_at,
        min(case when email_role in ('open', 'click') and not is_machine then occurred_at end) as first_human_open_at,
        min(case when email_role = 'click' then occurred_at end) as first_click_at,
        min(case when email_role = 'click' and not is_machine then occurred_at end) as first_human_click_at,
        count(case when email_role = 'send' then 1 end) as sends,
        count(case when email_role = 'open' then 1 end) as opens,
        count(case when email_role = 'open' and not is_machine then 1 end) as human_opens,
        count(case when email_role = 'click' then 1 end) as clicks,
        count(case when email_role = 'click' and not is_machine then 1 end) as human_clicks,
        max(case when email_role = 'open' and is_machine then machine_reason end) as machine_open_reason,
        max(case when email_role = 'click' and is_machine then machine_reason end) as machine_click_reason,
        max(case when email_role = 'open' and machine_reason like '%Apple%' then 1 else 0 end) = 1 as is_privacy_proxy_open
    from e_mail_events
    group by contact_key, email_id

),

described as (

    select
        {{ email_send_id('event_counts') }} as email_send_id,
        case when {{ refuses_analytics('consents') }} = false then identifiers.person_key end as person_key,
        event_counts.email_id,
        event_counts.campaign_key,
        event_counts.sent_at,
        -- Without a bounce a sent e-mail counts as delivered, as vendors count it.
        case
            when event_counts.bounced_at is null
                then coalesce(event_counts.reported_delivered_at, event_counts.sent_at, event_counts.first_open_at)
        end as delivered_at,
        event_counts.bounced_at,
        case event_counts.bounce_class
            when 'hard_bounce' then 'hard'
            when 'soft_bounce' then 'soft'
        end as bounce_class,
        event_counts.complained_at,
        event_counts.unsubscribed_at,
        event_counts.first_open_at,
        event_counts.first_human_open_at,
        event_counts.first_click_at,
        event_counts.first_human_click_at,
        cast(event_counts.sends as integer) as sends,
        cast(event_counts.opens as integer) as opens,
        cast(event_counts.human_opens as integer) as human_opens,
        cast(event_counts.clicks as integer) as clicks,
        cast(event_counts.human_clicks as integer) as human_clicks,
        event_counts.opens > event_counts.human_opens as has_machine_open,
        event_counts.machine_open_reason,
        event_counts.clicks > event_counts.human_clicks as has_machine_click,
        event_counts.machine_click_reason,
        coalesce(event_counts.is_privacy_proxy_open, false) as is_privacy_proxy_open,
        coalesce(providers.mailbox_provider, 'unknown') as mailbox_provider
    from event_counts
    left join identifiers
        on identifiers.identifier_kind = 'contact_key' and event_counts.contact_key = identifiers.identifier
    left join consents on identifiers.person_key = consents.person_key
    left join providers on event_counts.contact_key = providers.contact_key

)

select * from described
