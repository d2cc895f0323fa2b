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

events_with_session as (

    select
        events.event_id,
        events.person_key,
        events.is_known,
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
        events.loaded_at,
        events.source_position
    from events
    left join sessions on events.event_id = sessions.event_id

),

-- In the physical order in which the journey models read it.
placed_events as (

    -- The linter's parser does not know window frames without an order.
    {{ place_simultaneous_events('events_with_session') }} -- noqa: PRS

)

-- Events without a person are in no person's order.
select
    event_id,
    person_key,
    is_known,
    occurred_at,
    occurred_at_local,
    source,
    feed,
    event_name,
    cast(case when person_key is null then 1 else place_in_instant end as integer) as event_rank,
    micro_conversion,
    journey_stage,
    is_macro,
    is_machine,
    machine_reason,
    is_person_action,
    campaign_key,
    email_id,
    link_key,
    url,
    traffic_source,
    traffic_medium,
    traffic_campaign,
    revenue,
    currency,
    order_id,
    session_id,
    experiment,
    variant,
    device,
    country,
    engagement_seconds,
    event_count,
    properties,
    loaded_at
from placed_events
