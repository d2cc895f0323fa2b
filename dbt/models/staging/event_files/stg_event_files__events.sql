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
        min({{ position_in_files('files.file_number', 'copies._row') }}) as source_position
    from copies
    inner join files on copies.feed = files.feed and copies._partition = files.file_name
    group by copies.feed, copies._key_hash

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

-- Equal rows of one file are distinguished by their number, so that the same file dropped twice counts once.
numbered as (

    select
        *,
        case
            when file_event_id is null
                then row_number() over (
                    partition by feed, natural_key, landed_file
                    order by file_row
                )
            else 1
        end as ordinal
    from affected_rows

),

placed as (

    select
        {{ keyed_id(["'event_files'", 'numbered.feed', 'numbered.natural_key', 'numbered.ordinal']) }} as event_id,
        numbered.occurred_at,
        'event_files' as source,
        numbered.feed,
        numbered.event_name,
        numbered.contact_key,
        numbered.user_id,
        numbered.client_id,
        cast(null as string) as ga_session_id,
        slugs.campaign_key,
        case when slugs.campaign_key like 'event_files-%' then slugs.campaign_key end as email_id,
        numbered.url,
        coalesce(numbered.traffic_source, {{ url_parameter('numbered.url', 'utm_source') }}) as traffic_source,
        coalesce(numbered.traffic_medium, {{ url_parameter('numbered.url', 'utm_medium') }}) as traffic_medium,
        coalesce(numbered.campaign, {{ url_parameter('numbered.url', 'utm_campaign') }}) as traffic_campaign,
        {{ url_parameter('numbered.url', 'utm_content') }} as link_role,
        numbered.revenue,
        numbered.currency,
        numbered.order_id,
        numbered.order_status,
        numbered.experiment,
        numbered.variant,
        {{ json_text('numbered.properties', "'device'") }} as device,
        {{ json_text('numbered.properties', "'country'") }} as country,
        cast(null as double) as engagement_seconds,
        cast(1 as integer) as event_count,
        numbered.properties,
        numbered.event_partition,
        -- The place of the first copy; of copies the last file by name is kept.
        coalesce(
            first_copies.source_position, {{ position_in_files('files.file_number', 'numbered.file_row') }}
        ) as source_position,
        numbered.loaded_at
    from numbered
    left join files on numbered.feed = files.feed and numbered.file_name = files.file_name
    left join first_copies on numbered.feed = first_copies.feed and numbered.key_hash = first_copies.key_hash
    left join slugs
        on coalesce(numbered.campaign, {{ url_parameter('numbered.url', 'utm_campaign') }}) = slugs.campaign_slug

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
    device,
    country,
    engagement_seconds,
    event_count,
    properties,
    event_partition,
    source_position,
    loaded_at
from latest
