with

settings as (

    select * from {{ source('event_files', '_feed_settings') }}

)

select
    feed,
    max(case when setting = 'order_namespace' then value end) as order_namespace,
    max(case when setting = 'user_namespace' then value end) as user_namespace,
    max(case when setting = 'revenue_is' then value end) as revenue_is,
    {%- for setting in feed_open_settings() %}
    max(case when setting = '{{ setting }}' then value end) as {{ setting }},
    {%- endfor %}
    coalesce(max(case when setting = 'orders_are_separate' then value end), 'false') = 'true' as orders_are_separate,
    coalesce(max(case when setting = 'every_name_is_action' then value end), 'false') = 'true' as every_name_is_action,
    cast(max(case when setting = 'complete_through' then value end) as timestamp) as complete_through,
    cast(max(case when setting = 'retired_on' then value end) as date) as retired_on
from settings
group by feed
