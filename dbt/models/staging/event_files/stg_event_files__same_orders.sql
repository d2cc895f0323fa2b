with

settings as (

    select * from {{ source('event_files', '_feed_settings') }}

)

select
    feed as reporter,
    value as other_reporter
from settings
where setting = 'same_orders_as'
union
select
    value,
    feed
from settings
where setting = 'same_orders_as'
