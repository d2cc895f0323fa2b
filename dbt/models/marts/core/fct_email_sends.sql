{{ config(materialized='incremental', unique_key=['person_key', 'email_send_id']) }}

with

events as (

    select * from {{ ref('int_events_identified') }}

),

providers as (

    select * from {{ ref('int_mailbox_providers') }}

),

verdicts as (

    select * from {{ ref('int_machine_verdicts') }}

),

declared_opens as (

    select * from {{ ref('int_declared_opens') }}

),

open_evidence as (

    select * from {{ ref('int_open_evidence') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

consents as (

    select * from {{ delta('int_person_consents') }}

),

e_mail_events as (

    select
        events.*,
        {{ recipient('events') }} as recipient,
        {{ email_role('events.source', 'events.event_name') }} as email_role,
        {{ declared_opens_observable('events.source') }} as source_opens_observable,
        coalesce(verdicts.is_privacy_proxy, false) as is_privacy_proxy,
        coalesce(verdicts.has_evidence, false) as has_evidence
    from events
    left join verdicts on events.event_id = verdicts.event_id
    -- A visit, an order or an assignment may name the campaign, too.
    where
        events.email_id is not null
        and coalesce(events.contact_key, events.user_id) is not null
        and {{ is_email_event('events.source', 'events.event_name') }}

),

-- An open that a machine may have made does not count as seen.
e_mail_acts as (

    select
        *,
        email_role in ('open', 'click') and not is_machine and has_evidence as is_seen
    from e_mail_events

),

event_counts as (

    select
        recipient,
        email_id,
        min(contact_key) as contact_key,
        min(user_id) as user_id,
        min(campaign_key) as campaign_key,
        min(case when email_role = 'send' then occurred_at end) as sent_at,
        min(case when email_role = 'delivered' then occurred_at end) as reported_delivered_at,
        max(case when email_role = 'delivered' then occurred_at end) as last_delivered_at,
        min(case when email_role = 'bounce' then occurred_at end) as bounced_at,
        min(case when email_role = 'bounce' then micro_conversion end) as bounce_class,
        min(case when email_role = 'complaint' then occurred_at end) as complained_at,
        min(case when email_role = 'unsubscribe' then occurred_at end) as unsubscribed_at,
        min(case when email_role in ('open', 'click') then occurred_at end) as first_open_at,
        min(case when is_seen then occurred_at end) as first_human_open_at,
        min(case when email_role = 'click' then occurred_at end) as first_click_at,
        min(case when email_role = 'click' and not is_machine then occurred_at end) as first_human_click_at,
        count(case when email_role = 'send' then 1 end) as sends,
        count(case when email_role = 'open' then 1 end) as opens,
        count(case when email_role = 'open' and is_seen then 1 end) as human_opens,
        count(case when email_role = 'click' then 1 end) as clicks,
        count(case when email_role = 'click' and not is_machine then 1 end) as human_clicks,
        max(case when email_role = 'open' and is_machine then machine_reason end) as machine_open_reason,
        max(case when email_role = 'click' and is_machine then machine_reason end) as machine_click_reason,
        max(case when email_role = 'open' and is_machine then 1 else 0 end) = 1 as has_machine_open,
        max(case when is_privacy_proxy then 1 else 0 end) = 1 as is_privacy_proxy_open,
        max(case when email_role = 'open' and not has_evidence then 1 else 0 end) = 1 as has_open_without_evidence,
        min(source) as source,
        min(source_opens_observable) as source_opens_observable
    from e_mail_acts
    group by recipient, email_id

),

-- What its source says, or the evidence of all its campaign's events shows, of whether opens would be reported.
judged as (

    select
        event_counts.*,
        coalesce(declared_opens.opens_observable, event_counts.source_opens_observable) as declared,
        declared_opens.opens_observable_reason as declared_reason,
        coalesce(open_evidence.has_evidence, event_counts.source_opens_observable is not null) as has_evidence,
        coalesce(declared_opens.opens_observable, event_counts.source_opens_observable, 'unknown') = 'unknown'
        and coalesce(open_evidence.is_without_opens, false) as is_without_opens
    from event_counts
    left join declared_opens
        on event_counts.recipient = declared_opens.recipient and event_counts.email_id = declared_opens.email_id
    left join open_evidence
        on event_counts.source = open_evidence.source and event_counts.campaign_key = open_evidence.campaign_key

),

-- Apple's proxy loads the images of nearly every e-mail, and with them hides the reader of all, from the first such
-- e-mail to the last. Who clicks and never loads an image, where that would be reported, reads without images.
recipients as (

    select
        recipient,
        min(case when is_privacy_proxy_open then coalesce(sent_at, reported_delivered_at, first_open_at) end)
            as first_proxied_at,
        max(case when is_privacy_proxy_open then coalesce(sent_at, reported_delivered_at, first_open_at) end)
            as last_proxied_at,
        sum(case when not is_without_opens then human_clicks else 0 end) > 0 and sum(opens) = 0 as never_loads_images
    from judged
    group by recipient

),

observed as (

    select
        judged.*,
        coalesce(
            coalesce(judged.sent_at, judged.reported_delivered_at, judged.first_open_at)
            between recipients.first_proxied_at and recipients.last_proxied_at,
            false
        ) as is_proxied,
        recipients.never_loads_images
    from judged
    inner join recipients on judged.recipient = recipients.recipient

),

explained as (

    select
        *,
        case
            when declared = 'no' then coalesce(declared_reason, 'plan_without_opens')
            when is_without_opens then 'plan_without_opens'
            when is_proxied then 'privacy_proxy'
            when declared = 'unknown' or has_open_without_evidence or (declared is null and not has_evidence)
                then 'no_machine_evidence'
            when never_loads_images then 'images_never_loaded'
        end as opens_observable_reason
    from observed

),

described as (

    select
        {{ email_send_id('explained') }} as email_send_id,
        case when {{ refuses_analytics('consents') }} = false then identifiers.person_key end as person_key,
        explained.email_id,
        explained.campaign_key,
        coalesce(explained.sent_at, explained.reported_delivered_at) as sent_at,
        -- Without a bounce a sent e-mail counts as delivered, as vendors count it. What bounced for now may arrive later.
        case
            when explained.bounced_at is null or explained.last_delivered_at > explained.bounced_at
                then coalesce(explained.reported_delivered_at, explained.sent_at, explained.first_open_at)
        end as delivered_at,
        explained.bounced_at,
        case explained.bounce_class
            when 'hard_bounce' then 'hard'
            when 'soft_bounce' then 'soft'
        end as bounce_class,
        explained.complained_at,
        explained.unsubscribed_at,
        explained.first_open_at,
        explained.first_human_open_at,
        explained.first_click_at,
        explained.first_human_click_at,
        cast(explained.sends as integer) as sends,
        cast(explained.opens as integer) as opens,
        cast(explained.human_opens as integer) as human_opens,
        cast(explained.clicks as integer) as clicks,
        cast(explained.human_clicks as integer) as human_clicks,
        explained.has_machine_open,
        explained.machine_open_reason,
        explained.clicks > explained.human_clicks as has_machine_click,
        explained.machine_click_reason,
        explained.is_privacy_proxy_open,
        case
            when explained.opens_observable_reason is null then 'yes'
            when explained.opens_observable_reason = 'no_machine_evidence' then 'unknown'
            else 'no'
        end as opens_observable,
        explained.opens_observable_reason,
        coalesce(providers.mailbox_provider, 'unknown') as mailbox_provider
    from explained
    left join identifiers on {{ is_recipient('identifiers', 'explained') }}
    left join consents on identifiers.person_key = consents.person_key
    left join providers on explained.contact_key = providers.contact_key

)

select * from described
