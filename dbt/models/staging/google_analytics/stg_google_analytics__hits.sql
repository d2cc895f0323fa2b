with

all_rows as (

    select * from {{ source('google_analytics', 'events') }}

),

exported_days as (

    select * from {{ ref('stg_google_analytics_export__day_counts') }}

),

-- Of a day that is exported, the export's events count.
source as (

    select
        *,
        substring(date_hour_minute, 1, 8) as day_text,
        coalesce(property_time_zone, '') as zone_text
    from all_rows
    where not exists (
        select 1 from exported_days
        where {{ is_exported('all_rows') }}
    )

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

reported_days as (

    select
        day_text,
        _partition,
        zone_text,
        coalesce({{ clean_text('zone_text') }}, '{{ var('account_time_zone') }}') as zone,
        {{ partition_day() }} as requested_on,
        cast({{ parse_timestamp('day_text', '%Y%m%d') }} as date) as reported_on
    from source
    group by day_text, _partition, zone_text

),

-- A time that is not of the requested day is the vendor's word for something else, like (other).
dated as (

    select
        *,
        coalesce(requested_on, reported_on) as property_date,
        coalesce(reported_on = coalesce(requested_on, reported_on), false) as has_day,
        cast(coalesce(requested_on, reported_on) as timestamp) as starts_at_local
    from reported_days

),

-- Once per day and not per row, as converting zones costs most. Clocks change within a day: two offsets.
days as (

    select
        *,
        {{ to_utc('starts_at_local', 'zone') }} as starts_at,
        cast(
            1000 * {{ seconds_between("timestamp '1970-01-01 00:00:00'", to_utc('starts_at_local', 'zone')) }} as bigint
        ) as first_midnight,
        cast(
            1000 * {{ seconds_between(
                "timestamp '1970-01-02 00:00:00'", to_utc(plus_days('starts_at_local', 1), 'zone')
            ) }} as bigint
        ) as last_midnight
    from dated

),

parsed as (

    select
        source.*,
        days.zone,
        days.property_date,
        days.starts_at,
        days.first_midnight,
        days.last_midnight,
        case
            when days.has_day and length(source.date_hour_minute) = 12
                and {{ try_number('substring(source.date_hour_minute, 9, 2)', 'integer') }} between 0 and 23
                and {{ try_number('substring(source.date_hour_minute, 11, 2)', 'integer') }} between 0 and 59
                then
                    3600000 * {{ try_number('substring(source.date_hour_minute, 9, 2)', 'integer') }}
                    + 60000 * {{ try_number('substring(source.date_hour_minute, 11, 2)', 'integer') }}
        end as milliseconds_of_day,
        {{ ga4_hit_milliseconds('source.hit_ts') }} as hit_milliseconds
    from source
    left join days
        on
            coalesce(source.day_text, '') = coalesce(days.day_text, '')
            and source._partition = days._partition
            and source.zone_text = days.zone_text

),

-- Anyone can send a hit time, and a browser's clock can be wrong: the vendor's minute is right.
compared as (

    select
        *,
        coalesce(
            case
                when milliseconds_of_day is null
                    then
                        hit_milliseconds between first_midnight - 60000 * {{ var('clock_skew_minutes') }}
                        and last_midnight + 86400000 + 60000 * {{ var('clock_skew_minutes') }}
                else
                    abs(hit_milliseconds - milliseconds_of_day - first_midnight)
                    <= 60000 * {{ var('clock_skew_minutes') }}
                    or abs(hit_milliseconds - milliseconds_of_day - last_midnight)
                    <= 60000 * {{ var('clock_skew_minutes') }}
            end,
            false
        ) as is_hit_time_plausible,
        case
            when milliseconds_of_day is not null
                then {{ parse_timestamp('date_hour_minute', '%Y%m%d%H%M') }}
        end as minute_local,
        {{ instant_to_utc('_extracted_at') }} as loaded_at
    from parsed

),

timed as (

    select
        *,
        is_hit_time_plausible or milliseconds_of_day is not null as has_time,
        case
            when is_hit_time_plausible then {{ epoch_milliseconds('hit_milliseconds') }}
            when milliseconds_of_day is not null
                then {{ to_utc_until(
                    'minute_local', 'zone', plus_seconds('loaded_at', 60 * var('clock_skew_minutes'))
                ) }}
            else starts_at
        end as occurred_at
    from compared

),

held_against_extraction as (

    select
        *,
        occurred_at > {{ plus_seconds('loaded_at', 60 * var('clock_skew_minutes')) }} as is_after_extraction
    from timed

),

renamed as (

    select
        {{ property_feed() }} as feed,
        case when has_time then {{ property_prefix() }} || {{ known_identifier('client', ga4_value('client_id')) }} end
            as client_id,
        case when has_time then {{ ga4_value('session_id') }} end as ga_session_id,
        case when has_time then {{ ga4_hit_key('hit_ts') }} end as hit_key,
        case
            when has_time and (is_after_extraction or not is_hit_time_plausible) then {{ ga4_hit_key('hit_ts') }}
        end as rejected_hit_key,
        event_name,
        property_date,
        case when has_time then {{ known_identifier('contact', ga4_value('contact_key')) }} end as contact_key,
        {{ ga4_value('page') }} as page,
        {{ ga4_value('device_category') }} as device_category,
        {{ ga4_value('country') }} as country,
        {{ ga4_event_count('event_count') }} as event_count,
        engagement_seconds,
        minute_local as occurred_at_local,
        case when is_after_extraction then loaded_at else occurred_at end as occurred_at,
        is_after_extraction,
        not is_hit_time_plausible as is_minute_precise,
        {{ ga4_value('hit_ts') }} is not null and not is_hit_time_plausible as is_hit_time_rejected,
        not is_hit_time_plausible and milliseconds_of_day is not null
        and {{ is_ambiguous_local_time('minute_local', 'zone') }} as is_local_time_ambiguous,
        {{ ga4_is_folded([
            'date_hour_minute', 'event_name', 'client_id', 'session_id', 'hit_ts', 'contact_key', 'page',
            'device_category', 'country',
        ]) }} as is_folded,
        currency,
        {{ event_partition('google_analytics', '_partition') }} as event_partition,
        loaded_at
    from held_against_extraction
    {{ join_placeholders({
        'client': 'held_against_extraction.client_id', 'contact': 'held_against_extraction.contact_key',
    }) }}

)

select * from renamed
