with

settings as (

    select * from {{ source('event_files', '_feed_settings') }}

)

select
    feed,
    value as event_name,
    setting = 'action' as is_person_action
from settings
where setting in ('action', 'not_action')
