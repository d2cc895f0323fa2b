with

totals as (

    select * from {{ ref('stg_google_analytics__daily_totals') }}

),

hits as (

    select * from {{ source('google_analytics', 'events') }}

),

property as (

    select
        {{ property_feed() }} as feed,
        max(property_time_zone) as time_zone
    from hits
    group by {{ property_feed() }}

),

unnamed as (

    select
        {{ property_feed() }} as feed,
        {{ partition_day() }} as property_date,
        sum(event_count) as unnamed_events
    from hits
    where event_name = '(other)'
    group by {{ property_feed() }}, {{ partition_day() }}

)

select
    totals.property_date as day,
    totals.account,
    totals.feed,
    coalesce(property.time_zone, 'UTC') as time_zone,
    case
        when totals.is_thresholded and totals.is_sampled then 'thresholded and sampled'
        when totals.is_thresholded then 'thresholded'
        when totals.is_sampled then 'sampled'
    end as inexact_because,
    totals.event_count,
    totals.transactions,
    cast(coalesce(unnamed.unnamed_events, 0) as bigint) as unnamed_events
from totals
left join property on coalesce(totals.feed, '') = coalesce(property.feed, '')
left join unnamed
    on totals.property_date = unnamed.property_date and coalesce(totals.feed, '') = coalesce(unnamed.feed, '')
where totals.is_exported = false
