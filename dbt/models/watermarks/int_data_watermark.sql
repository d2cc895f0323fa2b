with

reported_events as (

    select * from {{ ref('int_reported_events') }}

)

select max(last_human_event_at) as watermark_at
from reported_events
