{{ config(materialized='view') }}

with

loads as (

    select * from {{ source('bookkeeping', 'loads') }}

),

-- Several reports of one day may bring the same events, so they are one partition of events.
named_loads as (

    select
        {{ event_partition_of_load('source', 'stream', 'partition') }} as event_partition,
        source,
        stream,
        partition,
        content_sha256,
        repeats,
        loaded
    from loads

)

-- The checksum says which records there are, `repeats` which of them a later file has too.
select
    event_partition,
    source,
    stream,
    partition,
    content_sha256 || ' ' || coalesce(cast(repeats as string), '0') as fingerprint,
    loaded as records
from named_loads
where event_partition is not null
