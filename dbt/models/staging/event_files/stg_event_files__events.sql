{{ config(materialized='table') }}

with

source_events as (

    select * from {{ ref('stg_event_files__rows') }}

),

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

copies as (

    select * from {{ source('event_files', 'event_file_copies') }}

),

loads as (

    select * from {{ source('bookkeeping', 'loads') }}

),

-- Positions order the events of this build only: a new file changes the numbers, not their order.
files as (

    select
        stream as feed,
        partition as file_name,
        row_number() over (order by stream, partition) as file_number
    from loads
    where source = 'event_files'

),

first_copies as (

    select
        copies.feed,
        copies._key_hash as key_hash,
        copies._ordinal as ordinal,
        min({{ position_in_files('files.file_number', 'copies._row') }}) as source_position
    from copies
    inner join files on copies.feed = files.feed and copies._partition = files.file_name
    group by copies.feed, copies._key_hash, copies._ordinal

),

affected_rows as (

    select *
    from source_events
    where {{ is_affected({
        'contact_key': 'source_events.contact_key',
        'user_id': 'source_events.user_id',
        'client_id': 'source_events.client_id',
        'order_id': 'source_events.order_id',
    }, 'source_events.event_partition') }}

),

placed as (

    select
        {{ keyed_id(["'event_files'", 'affected_rows.feed', 'affected_rows.natural_key', 'affected_rows.ordinal']) }} as event_id,
        affected_rows.occurred_at,
        'event_files' as source,
        affected_rows.feed,
        affected_rows.event_name,
        affected_rows.contact_key,
        affected_rows.user_id,
        affected_rows.client_id,
        {{ clean_text(json_text('affected_rows.properties', "'session_id'")) }} as ga_session_id,
        {{ joined_campaign() }} as campaign_key,
        case when {{ joined_campaign() }} like 'event_files-%' then {{ joined_campaign() }} end as email_id,
        affected_rows.url,
        coalesce(
            affected_rows.traffic_source,
            {{ url_parameter('affected_rows.url', 'utm_source') }},
            case
                when coalesce(affected_rows.traffic_source, affected_rows.traffic_medium, affected_rows.campaign) is null
                    then {{ traffic_of_click('affected_rows.url', 'source') }}
            end
        ) as traffic_source,
        coalesce(
            affected_rows.traffic_medium,
            {{ url_parameter('affected_rows.url', 'utm_medium') }},
            case
                when coalesce(affected_rows.traffic_source, affected_rows.traffic_medium, affected_rows.campaign) is null
                    then {{ traffic_of_click('affected_rows.url', 'medium') }}
            end
        ) as traffic_medium,
        coalesce(affected_rows.campaign, {{ url_parameter('affected_rows.url', 'utm_campaign') }}) as traffic_campaign,
        {{ url_parameter('affected_rows.url', 'utm_content') }} as link_role,
        affected_rows.revenue,
        affected_rows.currency,
        affected_rows.order_id,
        affected_rows.order_status,
        affected_rows.experiment,
        affected_rows.variant,
        affected_rows.analytics_consent,
        affected_rows.marketing_consent,
        {{ json_text('affected_rows.properties', "'device'") }} as device,
        {{ json_text('affected_rows.properties', "'country'") }} as country,
        {{ plausible_seconds(json_text('affected_rows.properties', "'engagement_seconds'")) }} as engagement_seconds,
        cast(1 as integer) as event_count,
        affected_rows.properties,
        affected_rows.agent,
        affected_rows.ip_address,
        affected_rows.is_machine,
        coalesce(affected_rows.row_opens_observable, affected_rows.feed_opens_observable) as opens_observable,
        case
            when affected_rows.row_opens_observable = 'no' then 'open_tracking_refused'
            when affected_rows.row_opens_observable is null and affected_rows.feed_opens_observable = 'no'
                then 'plan_without_opens'
        end as opens_observable_reason,
        affected_rows.event_partition,
        -- The place of the first copy, wherever the copy that counts stands.
        least(
            coalesce(
                first_copies.source_position, {{ position_in_files('files.file_number', 'affected_rows.file_row') }}
            ),
            {{ position_in_files('files.file_number', 'affected_rows.file_row') }}
        ) as source_position,
        affected_rows.loaded_at
    from affected_rows
    left join files on affected_rows.feed = files.feed and affected_rows.file_name = files.file_name
    left join first_copies
        on
            affected_rows.feed = first_copies.feed
            and affected_rows.key_hash = first_copies.key_hash
            and affected_rows.ordinal = first_copies.ordinal
    {{ join_campaign('coalesce(affected_rows.campaign, ' ~ url_parameter('affected_rows.url', 'utm_campaign') ~ ')') }}

),

latest as (

    select * from {{ latest_per_key('placed', ['event_id'], 'loaded_at desc, event_partition desc') }} as newest

)

select
    event_id,
    occurred_at,
    source,
    feed,
    event_name,
    contact_key,
    user_id,
    client_id,
    ga_session_id,
    campaign_key,
    email_id,
    url,
    traffic_source,
    traffic_medium,
    traffic_campaign,
    link_role,
    revenue,
    currency,
    order_id,
    order_status,
    experiment,
    variant,
    analytics_consent,
    marketing_consent,
    device,
    country,
    engagement_seconds,
    event_count,
    properties,
    agent,
    ip_address,
    is_machine,
    opens_observable,
    opens_observable_reason,
    event_partition,
    source_position,
    loaded_at
from latest
