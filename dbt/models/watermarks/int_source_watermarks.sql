with

reported_events as (

    select * from {{ ref('int_reported_events') }}

),

loads as (

    select * from {{ source('bookkeeping', 'loads') }}

),

feeds as (

    select * from {{ ref('stg_event_files__feeds') }}

),

-- Only partitions that are days have such a name.
loads_of_events as (

    select
        source,
        case when {{ is_source_of_feeds('source') }} then stream end as feed,
        stream,
        try_cast(partition as date) as day,
        {{ instant_to_utc('coalesce(extracted_at, loaded_at)') }} as extracted_at
    from loads
    where {{ event_partition_of_load('source', 'stream', 'partition') }} is not null

),

streams as (

    select
        source,
        feed,
        stream,
        max(day) as last_day,
        max(extracted_at) as extracted_at
    from loads_of_events
    group by source, feed, stream

),

latest_extraction as (

    select max(extracted_at) as extracted_at from streams

),

time_zones as (

    {{ time_zones_of_days() }}

),

-- Of a stream by day what was read is over at the end of the last day, unless it was read before that.
read_streams as (

    select
        streams.source,
        streams.extracted_at,
        coalesce(streams.extracted_at >= {{ end_of_day('streams.last_day', "coalesce(time_zones.time_zone, 'UTC')") }}, false)
            as is_to_end_of_day,
        {{ end_of_day('streams.last_day', "coalesce(time_zones.time_zone, 'UTC')") }} as day_ends_at
    from streams
    left join time_zones on streams.source = time_zones.source
    where streams.feed is null

),

-- An event is whole when each of the streams that it is made of has been read.
read_sources as (

    select
        source,
        min(case when is_to_end_of_day then day_ends_at else extracted_at end) as read_until,
        min(case when is_to_end_of_day then day_ends_at end) as read_until_day
    from read_streams
    group by source

),

reporters as (

    select
        source,
        feed,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at
    from reported_events
    group by source, feed

),

retired_sources as (

    {{ retired_sources() }}

),

placed as (

    select
        reporters.source,
        reporters.feed,
        coalesce(reporters.feed, reporters.source) as reporter,
        reporters.first_event_at,
        reporters.last_event_at,
        coalesce(feeds.retired_on, retired_sources.retired_on) as retired_on,
        case
            -- What is declared cannot be known before anything was read.
            when feeds.complete_through is not null
                then least(feeds.complete_through, coalesce(latest_extraction.extracted_at, feeds.complete_through))
            else coalesce(read_sources.read_until, reporters.last_event_at)
        end as read_until,
        case
            when feeds.complete_through is not null then 'complete_through'
            when read_sources.read_until is null then 'last_event'
            when read_sources.read_until = read_sources.read_until_day then 'last_loaded_day'
            else 'extraction'
        end as read_basis
    from reporters
    cross join latest_extraction
    left join feeds on reporters.feed = feeds.feed
    left join read_sources on reporters.source = read_sources.source
    left join retired_sources on reporters.source = retired_sources.source and reporters.feed is null

),

-- A source that is the only one, or as old as all others, is behind the day on which it was read.
latest as (

    select greatest(max(placed.read_until), coalesce(max(latest_extraction.extracted_at), max(placed.read_until))) as known_at
    from placed
    cross join latest_extraction

),

retired as (

    select
        placed.*,
        latest.known_at as latest_known_at,
        coalesce(placed.retired_on <= cast(latest.known_at as date), false) as is_retired
    from placed
    cross join latest

)

select
    source,
    feed,
    reporter,
    first_event_at,
    last_event_at,
    retired_on,
    is_retired,
    case when is_retired then cast(retired_on as timestamp) else read_until end as watermark_at,
    case when is_retired then 'retired_on' else read_basis end as watermark_basis,
    latest_known_at as latest_watermark_at,
    not is_retired and read_until < {{ plus_days('latest_known_at', -var('silent_source_days')) }} as is_silent
from retired
