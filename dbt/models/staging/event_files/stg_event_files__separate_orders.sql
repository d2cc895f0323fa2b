with

settings as (

    select * from {{ source('event_files', '_feed_settings') }}

),

feeds as (

    select * from {{ ref('stg_event_files__feeds') }}

),

separate as (

    select
        coalesce(feeds.order_namespace, settings.feed) as order_namespace,
        coalesce(
            others.order_namespace,
            -- One property, whichever way its orders come.
            case when settings.value = 'google_analytics_export' then 'google_analytics' else settings.value end
        ) as other_namespace
    from settings
    left join feeds on settings.feed = feeds.feed
    left join feeds as others on settings.value = others.feed
    where settings.setting = 'separate_from'

)

select
    order_namespace,
    other_namespace
from separate
union
select
    other_namespace,
    order_namespace
from separate
