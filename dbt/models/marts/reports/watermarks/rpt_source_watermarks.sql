with

watermarks as (

    select * from {{ ref('int_source_watermarks') }}

),

named as (

    select
        *,
        cast({{ plus_days('cast(cast(last_event_at as date) as timestamp)', 1) }} as date) as day_after_last_event,
        cast(latest_watermark_at as date) as latest_day
    from watermarks

)

select
    source,
    feed,
    begins_at,
    first_event_at,
    last_event_at,
    watermark_at,
    watermark_basis,
    retired_on,
    is_retired,
    is_silent,
    {{ seconds_between('watermark_at', 'latest_watermark_at') }} / 86400 as days_behind,
    case
        when is_silent and {{ is_source_of_feeds('source') }}
            then 'event_files.yml, feed ' || feed || ': add complete_through: ' || cast(latest_day as string)
            || ' if nothing happened since, or retired_on: ' || cast(day_after_last_event as string)
            || ' if it is not exported any more'
        when is_silent and silent_accounts is not null
            then 'dbt_project.yml, retired_sources: add ' || silent_accounts
            || ' if no more is read of it'
        when is_silent
            then 'dbt_project.yml, retired_sources: add ' || source || ': ' || cast(day_after_last_event as string)
            || ' if it is not read any more'
    end as line_to_add
from named
