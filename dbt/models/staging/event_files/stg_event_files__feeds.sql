with

settings as (

    select * from {{ source('event_files', '_feed_settings') }}

)

select
    feed,
    max(case when setting = 'order_namespace' then value end) as order_namespace,
    max(case when setting = 'revenue_is' then value end) as revenue_is,
    coalesce(max(case when setting = 'orders_are_separate' then value end), 'false') = 'true' as orders_are_separate,
    coalesce(max(case when setting = 'every_name_is_action' then value end), 'false') = 'true' as every_name_is_action
from settings
group by feed
