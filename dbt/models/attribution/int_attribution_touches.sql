with

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

)

select
    'micro_conversion' as dimension,
    person_key,
    cast(micro_conversion as string) as touch,
    occurred_at,
    event_rank as place_in_instant,
    event_id as touch_id
from micro_conversions
where {{ counts_in_path('is_immediate_repeat') }}

union all

select
    'campaign',
    person_key,
    campaign_key,
    occurred_at,
    event_rank,
    event_id
from micro_conversions
where campaign_key is not null

union all

select
    'channel_group',
    person_key,
    channel_group,
    started_at,
    session_number,
    session_id
from sessions
where channel_group is not null

union all

select
    'source',
    person_key,
    source,
    started_at,
    session_number,
    session_id
from sessions
where source is not null
