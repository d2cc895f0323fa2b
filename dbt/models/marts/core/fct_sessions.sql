{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ delta('fct_events') }}

),

-- Imported apart, or all columns would be copied to find the distinct values of one.
sources_of_sessions as (

    select
        session_id,
        source
    from {{ delta('fct_events') }}
    where session_id is not null

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

macro_conversions as (

    select * from {{ delta('fct_macro_conversions') }}

),

acts as (

    select
        events.*,
        {{ act_order('events') }} as act_order,
        types.polarity,
        {{ is_open('events') }} as is_open,
        {{ is_site_act('events', 'types') }} as is_site_act,
        coalesce(events.traffic_source, events.traffic_medium, events.traffic_campaign) is not null as has_traffic
    from events
    left join types on events.micro_conversion = types.micro_conversion
    where events.session_id is not null

),

-- Traffic is that of the first act with any, all three values from that one act.
sessions as (

    select
        session_id,
        min(person_key) as person_key,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min_by(is_known, act_order) as is_known,
        count(*) as event_count,
        count(case when is_open then 1 end) as opens,
        count(case when polarity = 'micro' then 1 end) as micro_conversion_count,
        min_by(url, act_order) filter (where url is not null) as entry_url,
        min_by(coalesce(traffic_source, ''), act_order) filter (where has_traffic) as traffic_source,
        min_by(coalesce(traffic_medium, ''), act_order) filter (where has_traffic) as traffic_medium,
        min_by(coalesce(traffic_campaign, ''), act_order) filter (where has_traffic) as traffic_campaign,
        min_by(source, act_order) as first_source,
        min_by(campaign_key, act_order) filter (where campaign_key is not null) as campaign_key,
        min_by(device, act_order) filter (where device is not null) as device,
        min_by(country, act_order) filter (where country is not null) as country,
        count(case when event_name = 'page_view' then 1 end) as page_views,
        max(case when is_site_act then 1 else 0 end) = 1 as is_site_visit,
        coalesce({{ exact_sum('engagement_seconds') }}, 0) as engagement_seconds
    from acts
    group by session_id

),

sources as (

    select
        session_id,
        {{ distinct_text('source') }} as sources
    from sources_of_sessions
    group by session_id

),

outcomes as (

    select
        session_id,
        count(*) as macro_conversion_count,
        {{ sum_of_orders('converted_revenue', 'is_order') }} as revenue,
        {{ sum_of_orders('net_revenue', 'is_order') }} as net_revenue,
        {{ unconverted_orders('converted_revenue', 'is_order') }} as unconverted_orders
    from macro_conversions
    where session_id is not null
    group by session_id

),

-- A session of e-mail acts only has no traffic values; it came by e-mail.
sessions_with_outcome as (

    select
        sessions.*,
        sources.sources,
        outcomes.macro_conversion_count,
        case when outcomes.session_id is null then 0 else outcomes.revenue end as revenue,
        case when outcomes.session_id is null then 0 else outcomes.net_revenue end as net_revenue,
        outcomes.unconverted_orders,
        case
            when traffic_source is not null then nullif(traffic_source, '')
            when campaign_key is not null then first_source
        end as source,
        case
            when traffic_source is not null then nullif(traffic_medium, '')
            when campaign_key is not null then 'email'
        end as medium,
        nullif(traffic_campaign, '') as campaign,
        row_number() over (
            partition by sessions.person_key order by sessions.started_at, sessions.session_id
        ) as session_number
    from sessions
    inner join sources on sessions.session_id = sources.session_id
    left join outcomes on sessions.session_id = outcomes.session_id

)

select
    session_id,
    person_key,
    cast(session_number as integer) as session_number,
    started_at,
    ended_at,
    is_known,
    {{ seconds_between('started_at', 'ended_at') }} as duration_seconds,
    cast(event_count as integer) as event_count,
    cast(micro_conversion_count as integer) as micro_conversion_count,
    cast(page_views as integer) as page_views,
    is_site_visit,
    opens = event_count as is_opens_only,
    entry_url,
    source,
    medium,
    campaign,
    {{ channel_group('source', 'medium', 'campaign') }} as channel_group,
    campaign_key,
    device,
    country,
    sources,
    engagement_seconds,
    engagement_seconds >= {{ var('engaged_session_seconds') }}
    or page_views >= 2
    or macro_conversion_count is not null as engaged,
    macro_conversion_count is not null as converted,
    cast(coalesce(macro_conversion_count, 0) as integer) as macro_conversion_count,
    cast(revenue as decimal(38, 4)) as revenue,
    cast(net_revenue as decimal(38, 4)) as net_revenue,
    cast(coalesce(unconverted_orders, 0) as integer) as unconverted_orders
from sessions_with_outcome
