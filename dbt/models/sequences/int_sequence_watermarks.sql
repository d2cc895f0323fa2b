with

steps as (

    select * from {{ ref('int_sequence_steps') }}

),

watermarks as (

    select
        outcome as micro_conversion,
        watermark_at,
        known_from
    from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'micro_conversion'

),

-- What cannot be observed is not waited for.
awaited_steps as (

    select
        sequence_id,
        micro_conversion
    from steps
    where is_observable and not is_entry and not is_before_entry

),

known as (

    select
        awaited_steps.sequence_id,
        min(watermarks.watermark_at) as watermark_at,
        max(watermarks.known_from) as known_from
    from awaited_steps
    inner join watermarks on awaited_steps.micro_conversion = watermarks.micro_conversion
    group by awaited_steps.sequence_id

)

select distinct
    steps.sequence_id,
    coalesce(known.watermark_at, {{ data_watermark() }}) as watermark_at,
    known.known_from
from steps
left join known on steps.sequence_id = known.sequence_id
