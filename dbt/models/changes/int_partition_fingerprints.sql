{{ config(materialized='view') }}

with

loads as (

    select * from {{ source('bookkeeping', 'loads') }}

),

-- Several reports of one day may bring the same events, so they are one partition of events.
named_loads as (

    select
        {{ event_partition_of_load(source_of_ledger(), 'stream', 'partition') }} as event_partition,
        {{ source_of_ledger() }} as source,
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
{%- for name, contract in event_contracts().items() if contract.partition_streams != 'feeds' %}
{%- for place in contract.partition_streams if '.' in place %}
union all
-- A partition of another source takes the place of one that this source has loaded.
select
    {{ event_partition(name, 'partition') }} as event_partition,
    '{{ name }}' as source,
    '{{ place }}' as stream,
    partition,
    'replaced' as fingerprint,
    cast(0 as bigint) as records
from loads
where
    {{ source_of_ledger() }} = '{{ name }}'
    and stream in {{ texts(contract.partition_streams) }}
    and loaded > 0
    and {{ partition_day('partition') }} in (
        select {{ partition_day('others.partition') }} from loads as others
        where others.source || '.' || others.stream = '{{ place }}' and others.loaded > 0
    )
group by partition
{%- endfor %}
{%- endfor %}
