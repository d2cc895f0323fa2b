with

events as (

    {%- for source, email in email_contracts().items() %}
    select
        event_id,
        source,
        event_name,
        {{ email_role_in(email, 'event_name') }} as email_role,
        occurred_at,
        {{ recipient('events') }} as recipient,
        campaign_key,
        email_id,
        url,
        {{ machine_evidence(email, 'agent') }} as agent,
        {{ machine_evidence(email, 'ip_address') }} as ip_address,
        {{ machine_evidence(email, 'is_machine') }} as is_machine,
        {{ vouches_for_opens(source, email) }} as is_vouched_for
    from {{ ref('stg_' ~ source ~ '__events') }} as events
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

email_links as (

    {{ union_of_email_models('email_links', ['email_id', 'links']) }}

),

page_views as (

    {%- for source, contract in landing_contracts().items() %}
    select
        contact_key as recipient,
        url,
        occurred_at
    from {{ ref('stg_' ~ source ~ '__events') }}
    where event_name in {{ texts(contract.landing_page_views) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

sends as (

    select
        recipient,
        campaign_key,
        min(occurred_at) as sent_at
    from events
    where email_role = 'send'
    group by recipient, campaign_key

),

clicks as (

    select
        event_id,
        source,
        event_name,
        recipient,
        campaign_key,
        email_id,
        url,
        {{ url_path('url') }} as path,
        agent,
        ip_address,
        is_machine,
        occurred_at,
        case
            when
                occurred_at <= lag(occurred_at) over (
                    partition by recipient, email_id order by occurred_at, event_id
                ) + interval '{{ var("machine_burst_seconds") }}' second
                then 0
            else 1
        end as starts_burst
    from events
    where email_role = 'click'

),

bursts as (

    select
        *,
        sum(starts_burst) over (
            partition by recipient, email_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as burst
    from clicks

),

burst_sizes as (

    select
        recipient,
        email_id,
        burst,
        count(distinct url) as links_in_burst
    from bursts
    group by recipient, email_id, burst

),

landings as (

    select distinct
        recipient,
        {{ url_path('url') }} as path,
        occurred_at
    from page_views
    where recipient is not null and url like '%utm_medium=email%'

),

visited as (

    select distinct clicks.event_id
    from clicks
    inner join landings
        on
            clicks.recipient = landings.recipient
            and clicks.path = landings.path
            and clicks.occurred_at <= landings.occurred_at
            and landings.occurred_at < clicks.occurred_at + interval '{{ var("click_landing_minutes") }}' minute

),

click_features as (

    select
        bursts.event_id,
        bursts.source,
        bursts.event_name,
        'click' as email_role,
        bursts.agent,
        bursts.ip_address,
        bursts.is_machine,
        true as has_evidence,
        {{ seconds_between('sends.sent_at', 'bursts.occurred_at') }} as seconds_since_send,
        burst_sizes.links_in_burst,
        burst_sizes.links_in_burst / email_links.links as link_share_in_burst,
        visited.event_id is not null as has_visit
    from bursts
    left join sends on bursts.recipient = sends.recipient and bursts.campaign_key = sends.campaign_key
    left join burst_sizes
        on
            bursts.recipient = burst_sizes.recipient
            and bursts.email_id = burst_sizes.email_id
            and bursts.burst = burst_sizes.burst
    left join email_links on bursts.email_id = email_links.email_id
    left join visited on bursts.event_id = visited.event_id

),

open_features as (

    select
        events.event_id,
        events.source,
        events.event_name,
        'open' as email_role,
        events.agent,
        events.ip_address,
        events.is_machine,
        coalesce(events.agent, events.ip_address, events.is_machine) is not null or events.is_vouched_for
            as has_evidence,
        {{ seconds_between('sends.sent_at', 'events.occurred_at') }} as seconds_since_send,
        cast(null as bigint) as links_in_burst,
        cast(null as double) as link_share_in_burst,
        cast(null as boolean) as has_visit
    from events
    left join sends on events.recipient = sends.recipient and events.campaign_key = sends.campaign_key
    where events.email_role = 'open'

),

unioned as (

    select * from click_features
    union all
    select * from open_features

)

select * from unioned
