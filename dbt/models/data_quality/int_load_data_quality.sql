{{ config(materialized='view') }}

with

loads as (

    select * from {{ source('bookkeeping', 'loads') }}

),

corrections as (

    select * from {{ source('bookkeeping', 'corrections') }}

),

-- A record can be corrected for several reasons: at least as many records as the commonest has.
corrected as (

    select
        source,
        stream,
        partition,
        max(records) as records
    from corrections
    group by source, stream, partition

),

days as (

    select
        {{ source_of_ledger('loads.source') }} as source,
        loads.stream,
        coalesce({{ partition_day('loads.partition') }}, cast({{ instant_to_utc('loads.loaded_at') }} as date)) as day,
        sum(loads.landed) as landed,
        sum(loads.quarantined) as quarantined,
        sum(coalesce(corrected.records, 0)) as corrected,
        sum(loads.repeated) as repeated
    from loads
    left join corrected
        on
            loads.source = corrected.source
            and loads.stream = corrected.stream
            and loads.partition = corrected.partition
    group by {{ source_of_ledger('loads.source') }}, loads.stream, day

)

{%- for kind in ['quarantined', 'corrected', 'repeated'] %}

select
    '{{ kind }}_records' as indicator,
    source,
    stream,
    day,
    {{ kind }} as affected,
    landed as total,
    'records' as unit
from days
where landed > 0
{{ 'union all' if not loop.last }}
{%- endfor %}
