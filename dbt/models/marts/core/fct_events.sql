{{ config(
    materialized='incremental',
    unique_key=['person_key', 'event_id'],
    pre_hook="{{ widen_event_names(this, ref('int_events_identified'), ref('event_kinds')) }}",
) }}

with

events as (

    select * from {{ ref('int_events_identified') }}

),

sessions as (

    select * from {{ ref('int_event_sessions') }}

),

-- In the physical order in which the journey models read it.
ordered_events as (

    select
        events.event_id,
        events.person_key,
        events.occurred_at,
        events.occurred_at_local,
        events.source,
        events.feed,
        {{ as_enum('events.event_name', 'event_name') }} as event_name,
        events.event_rank,
        events.micro_conversion,
        events.journey_stage,
        events.is_macro,
        events.is_machine,
        events.machine_reason,
        events.is_person_action,
        events.campaign_key,
        events.email_id,
        events.link_key,
        events.url,
        events.traffic_source,
        events.traffic_medium,
        events.traffic_campaign,
        events.revenue,
        events.currency,
        events.order_id,
        sessions.session_id,
        events.experiment,
        events.variant,
        events.device,
        events.country,
        events.engagement_seconds,
        events.event_count,
        events.properties,
        events.loaded_at
    from events
    left join sessions on events.event_id = sessions.event_id
    order by events.person_key, events.occurred_at, events.event_rank, events.event_id

)

select * from ordered_events
