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

-- Event files name the same actions `open`, `unsubscribe`, …
e_mail_events as (

    select
        *,
        case event_name
            when 'open' then 'view'
            when 'unsubscribe' then 'optout'
            else event_name
        end as action
    from events
    where email_id is not null and contact_key is not null

),

action_counts as (

    select
        contact_key,
        email_id,
        min(campaign_key) as campaign_key,
        min(case when action = 'send' then occurred_at end) as sent_at,
        min(case when action = 'delivered' then occurred_at end) as reported_delivered_at,
        min(case when action = 'bounce' then occurred_at end) as bounced_at,
        min(case when action = 'bounce' then micro_conversion end) as bounce_class,
        min(case when action = 'complaint' then occurred_at end) as complained_at,
        min(case when action = 'optout' then occurred_at end) as unsubscribed_at,
        min(case when action in ('view', 'click') then occurred_at end) as first_open_at,
        min(case when action in ('view', 'click') and not is_machine then occurred_at end) as first_human_open_at,
        min(case when action = 'click' then occurred_at end) as first_click_at,
        min(case when action = 'click' and not is_machine then occurred_at end) as first_human_click_at,
        count(case when action = 'send' then 1 end) as sends,
        count(case when action = 'view' then 1 end) as opens,
        count(case when action = 'view' and not is_machine then 1 end) as human_opens,
        count(case when action = 'click' then 1 end) as clicks,
        count(case when action = 'click' and not is_machine then 1 end) as human_clicks,
        max(case when action = 'view' and is_machine then machine_reason end) as machine_open_reason,
        max(case when action = 'click' and is_machine then machine_reason end) as machine_click_reason,
        max(case when action = 'view' and machine_reason like '%Apple%' then 1 else 0 end) = 1 as is_privacy_proxy_open
    from e_mail_events
    group by contact_key, email_id

),

described as (

    select
        {{ stable_key(['action_counts.contact_key', 'action_counts.email_id']) }} as email_send_id,
        identifiers.person_key,
        action_counts.email_id,
        action_counts.campaign_key,
        action_counts.sent_at,
        -- Without a bounce a sent e-mail counts as delivered, as Smaily counts it.
        case
            when action_counts.bounced_at is null
                then coalesce(action_counts.reported_delivered_at, action_counts.sent_at, action_counts.first_open_at)
        end as delivered_at,
        action_counts.bounced_at,
        case action_counts.bounce_class
            when 'hard_bounce' then 'hard'
            when 'soft_bounce' then 'soft'
        end as bounce_class,
        action_counts.complained_at,
        action_counts.unsubscribed_at,
        action_counts.first_open_at,
        action_counts.first_human_open_at,
        action_counts.first_click_at,
        action_counts.first_human_click_at,
        cast(action_counts.sends as integer) as sends,
        cast(action_counts.opens as integer) as opens,
        cast(action_counts.human_opens as integer) as human_opens,
        cast(action_counts.clicks as integer) as clicks,
        cast(action_counts.human_clicks as integer) as human_clicks,
        action_counts.opens > action_counts.human_opens as has_machine_open,
        action_counts.machine_open_reason,
        action_counts.clicks > action_counts.human_clicks as has_machine_click,
        action_counts.machine_click_reason,
        coalesce(action_counts.is_privacy_proxy_open, false) as is_privacy_proxy_open,
        coalesce(providers.mailbox_provider, 'unknown') as mailbox_provider
    from action_counts
    left join identifiers
        on identifiers.identifier_kind = 'contact_key' and action_counts.contact_key = identifiers.identifier
    left join providers on action_counts.contact_key = providers.contact_key

)

select * from described
