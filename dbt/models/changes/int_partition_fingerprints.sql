{{ config(materialized='view') }}

with

loads as (

    select * from {{ source('bookkeeping', 'loads') }}

),

-- The three reports of a day of web analytics tell of the same hits, so they are one partition. The checksum tells
-- the records, `repeats` which of them a later file has too.
event_loads as (

    select
        case source
            when 'smaily' then {{ event_partition('smaily', 'partition') }}
            when 'google_analytics' then {{ event_partition('google_analytics', 'partition') }}
            when 'event_files' then {{ event_partition('event_files', 'partition', feed='stream') }}
        end as event_partition,
        source,
        stream,
        partition,
        content_sha256 || ' ' || coalesce(cast(repeats as varchar), '0') as fingerprint,
        loaded as records
    from loads
    where
        (source = 'smaily' and stream = 'actions')
        or (source = 'google_analytics' and stream in ('events', 'event_attributes', 'event_parameters'))
        or source = 'event_files'

)

select * from event_loads
