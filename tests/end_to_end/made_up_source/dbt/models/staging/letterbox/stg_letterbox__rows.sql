with

source as (

    select * from {{ source('letterbox', 'letters') }}

)

select
    id as letter_step_id,
    {{ instant_to_utc('cast(source.at as timestamptz)') }} as occurred_at,
    kind as event_name,
    {{ hex_text('contact_key') }} as contact_key,
    reader as client_id,
    mailing,
    'letterbox-' || {{ slug('mailing') }} as campaign_key,
    agent,
    link as url,
    {{ event_partition('letterbox', '_partition') }} as event_partition,
    {{ instant_to_utc('_extracted_at') }} as loaded_at
from source
