with

reported_events as (

    select * from {{ ref('int_reported_events') }}

),

months as (

    select * from {{ ref('int_reported_months') }}

),

loads as (

    select
        *,
        {{ source_of_ledger() }} as system
    from {{ source('bookkeeping', 'loads') }}

),

feeds as (

    select * from {{ ref('stg_event_files__feeds') }}

),

-- Only partitions that are days have such a name. An account is named as its source and its name are.
loads_of_events as (

    select
        system as source,
        source as account,
        case when {{ is_source_of_feeds('system') }} then stream end as feed,
        stream,
        {{ partition_day('partition') }} as day,
        {{ instant_to_utc('coalesce(extracted_at, loaded_at)') }} as extracted_at
    from loads
    where {{ event_partition_of_load('system', 'stream', 'partition') }} is not null

),

streams as (

    select
        source,
        account,
        feed,
        stream,
        max(day) as last_day,
        max(extracted_at) as extracted_at
    from loads_of_events
    group by source, account, feed, stream

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
        streams.account,
        streams.extracted_at,
        coalesce(streams.extracted_at >= {{ end_of_day('streams.last_day', "coalesce(time_zones.time_zone, 'UTC')") }}, false)
            as is_to_end_of_day,
        {{ end_of_day('streams.last_day', "coalesce(time_zones.time_zone, 'UTC')") }} as day_ends_at
    from streams
    left join time_zones on streams.account = time_zones.account
    where streams.feed is null

),

-- An event is whole when each of the streams that it is made of has been read.
read_accounts as (

    select
        source,
        account,
        min(case when is_to_end_of_day then day_ends_at else extracted_at end) as read_until,
        min(case when is_to_end_of_day then day_ends_at end) as read_until_day
    from read_streams
    group by source, account

),

-- The feed whose events are one account's alone.
account_feeds as (

    select
        account,
        account as feed
    from read_accounts
    where account <> source
    union all
    select
        account,
        feed
    from time_zones
    where feed is not null

),

events_by_month as (

    select
        cast(source as string) as source,
        feed,
        month,
        sum(events) as events,
        min(first_event_at) as first_event_at
    from months
    group by source, feed, month

),

months_in_order as (

    select
        source,
        feed,
        first_event_at,
        month > {{ later_period('month', 'lag(month) over (partition by source, feed order by month)', 1) }} as is_after_silence,
        sum(events) over (
            partition by source, feed order by month rows between unbounded preceding and 1 preceding
        ) as events_before,
        sum(events) over (partition by source, feed) as events
    from events_by_month

),

-- A few events, a month without any, and then all others: tests, or a clock that was wrong.
begins as (

    select
        source,
        feed,
        max(first_event_at) as begins_at
    from months_in_order
    where events_before is null or (is_after_silence and events_before < {{ var('stray_event_share') }} * events)
    group by source, feed

),

reporters as (

    select
        reported_events.source,
        reported_events.feed,
        begins.begins_at,
        min(reported_events.first_event_at) as first_event_at,
        max(reported_events.last_event_at) as last_event_at
    from reported_events
    inner join begins
        on reported_events.source = begins.source and reported_events.feed is not distinct from begins.feed
    group by reported_events.source, reported_events.feed, begins.begins_at

),

retired_sources as (

    {{ retired_sources() }}

),

-- A property is named by its account or by its number.
retired_accounts as (

    select
        coalesce(account_feeds.account, retired_sources.source) as account,
        max(retired_sources.retired_on) as retired_on
    from retired_sources
    left join account_feeds
        on retired_sources.source = {{ source_of_ledger('account_feeds.account') }} || '__' || account_feeds.feed
    group by coalesce(account_feeds.account, retired_sources.source)

),

-- What names no account is of all of them.
accounts_of_reporters as (

    select
        reporters.source,
        reporters.feed,
        reporters.begins_at,
        reporters.first_event_at,
        reporters.last_event_at,
        read_accounts.account,
        coalesce(feeds.retired_on, retired_accounts.retired_on) as retired_on,
        case
            -- What is declared cannot be known before anything was read.
            when feeds.complete_through is not null
                then least(feeds.complete_through, coalesce(latest_extraction.extracted_at, feeds.complete_through))
            else coalesce(read_accounts.read_until, reporters.last_event_at)
        end as read_until,
        case
            when feeds.complete_through is not null then 'complete_through'
            when read_accounts.read_until is null then 'last_event'
            when read_accounts.read_until = read_accounts.read_until_day then 'last_loaded_day'
            else 'extraction'
        end as read_basis
    from reporters
    cross join latest_extraction
    left join feeds on reporters.feed = feeds.feed
    left join account_feeds
        on reporters.feed = account_feeds.feed and reporters.source = {{ source_of_ledger('account_feeds.account') }}
    left join read_accounts
        on
            reporters.source = read_accounts.source
            and coalesce(account_feeds.account, read_accounts.account) = read_accounts.account
    left join retired_accounts
        on
            coalesce(read_accounts.account, account_feeds.account, reporters.source) = retired_accounts.account
            and ({{ is_source_of_feeds('reporters.source') }}) = false

),

-- A source that is the only one, or as old as all others, is behind the day on which it was read.
latest as (

    select
        greatest(
            max(accounts_of_reporters.read_until),
            coalesce(max(latest_extraction.extracted_at), max(accounts_of_reporters.read_until))
        ) as known_at
    from accounts_of_reporters
    cross join latest_extraction

),

judged_accounts as (

    select
        accounts_of_reporters.*,
        latest.known_at as latest_known_at,
        coalesce(accounts_of_reporters.retired_on <= cast(latest.known_at as date), false) as is_retired
    from accounts_of_reporters
    cross join latest

),

judged as (

    select
        *,
        min(case when is_retired = false then read_until end) over (partition by source, feed) as earliest_read_until,
        is_retired = false
        and read_until < {{ plus_days('latest_known_at', -var('silent_source_days')) }} as is_silent
    from judged_accounts

),

-- A source is known until the earliest of its accounts is that still reports, and retired when none does.
retired as (

    select
        source,
        feed,
        coalesce(feed, source) as reporter,
        begins_at,
        first_event_at,
        last_event_at,
        latest_known_at,
        case when count(*) = count(retired_on) then max(retired_on) end as retired_on,
        min(case when is_retired then 1 else 0 end) = 1 as is_retired,
        min(earliest_read_until) as read_until,
        -- Of accounts that are known until one instant the basis that is first by name: the same in every build.
        min(case when is_retired = false and read_until = earliest_read_until then read_basis end) as read_basis,
        max(case when is_silent then 1 else 0 end) = 1 as is_silent,
        {{ joined_text(
            "case when is_silent then account || ': ' || cast(cast(" ~ plus_days('read_until', 1) ~ " as date) as string) end",
            ', ', 'account'
        ) }} as silent_accounts,
        max(case when account <> source then 1 else 0 end) = 1 as has_further_accounts
    from judged
    group by source, feed, begins_at, first_event_at, last_event_at, latest_known_at

)

select
    source,
    feed,
    reporter,
    begins_at,
    first_event_at,
    last_event_at,
    retired_on,
    is_retired,
    case when is_retired then cast(retired_on as timestamp) else read_until end as watermark_at,
    case when is_retired then 'retired_on' else read_basis end as watermark_basis,
    latest_known_at as latest_watermark_at,
    is_silent,
    case when has_further_accounts then silent_accounts end as silent_accounts
from retired
