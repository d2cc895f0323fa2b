{{ config(materialized='incremental', unique_key='person_key') }}

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

e_mail_events as (

    select
        *,
        {{ email_role('source', 'event_name') }} as email_role
    from events
    where email_id is not null and contact_key is not null

),

tallied as (

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
        {{ stable_key(['tallied.contact_key', 'tallied.email_id']) }} as email_send_id,
        identifiers.person_key,
        tallied.email_id,
        tallied.campaign_key,
        tallied.sent_at,
        -- Without a bounce a sent e-mail counts as delivered, as vendors count it.
        case
            when tallied.bounced_at is null
                then coalesce(tallied.reported_delivered_at, tallied.sent_at, tallied.first_open_at)
        end as delivered_at,
        tallied.bounced_at,
        case tallied.bounce_class
            when 'hard_bounce' then 'hard'
            when 'soft_bounce' then 'soft'
        end as bounce_class,
        tallied.complained_at,
        tallied.unsubscribed_at,
        tallied.first_open_at,
        tallied.first_human_open_at,
        tallied.first_click_at,
        tallied.first_human_click_at,
        cast(tallied.sends as integer) as sends,
        cast(tallied.opens as integer) as opens,
        cast(tallied.human_opens as integer) as human_opens,
        cast(tallied.clicks as integer) as clicks,
        cast(tallied.human_clicks as integer) as human_clicks,
        tallied.opens > tallied.human_opens as has_machine_open,
        tallied.machine_open_reason,
        tallied.clicks > tallied.human_clicks as has_machine_click,
        tallied.machine_click_reason,
        coalesce(tallied.is_privacy_proxy_open, false) as is_privacy_proxy_open,
        coalesce(providers.mailbox_provider, 'unknown') as mailbox_provider
    from tallied
    left join identifiers
        on identifiers.identifier_kind = 'contact_key' and tallied.contact_key = identifiers.identifier
    left join providers on tallied.contact_key = providers.contact_key

)

select * from described
