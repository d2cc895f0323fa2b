{{ config(materialized='incremental', unique_key='event_partition') }}

with

events as (

    select * from {{ ref('stg_event_files__rows') }}

),

mailings as (

    select
        event_partition,
        feed,
        coalesce(campaign, {{ url_parameter('url', 'utm_campaign') }}) as campaign_slug,
        {{ email_role_in(event_contracts().event_files.email, 'event_name') }} as email_role,
        coalesce(contact_key, user_id) as recipient,
        coalesce(is_machine, 'false') = 'true' as is_flagged,
        coalesce(agent, ip_address, is_machine) is not null as has_evidence
    from events
    where
        event_name in {{ own_email_names(['send', 'delivered', 'open', 'click']) }}
        and {{ is_in_changed_partition('event_partition') }}

)

-- Who clicked would have loaded the images; a machine that follows links would not.
select
    event_partition,
    feed,
    campaign_slug,
    count(case when email_role = 'send' then 1 end) as sends,
    count(case when email_role = 'delivered' then 1 end) as deliveries,
    count(distinct case when email_role = 'click' and not is_flagged then recipient end) as clickers,
    count(case when email_role = 'open' then 1 end) as opens,
    count(case when email_role = 'open' and has_evidence then 1 end) as opens_with_evidence
from mailings
group by event_partition, feed, campaign_slug
