with

totals as (

    select * from {{ ref('stg_google_analytics__daily_totals') }}

),

hits as (

    select * from {{ source('google_analytics', 'events') }}

),

property as (

    select coalesce(max(property_time_zone), 'UTC') as time_zone from hits

),

unnamed as (

    select
        _partition,
        sum(event_count) as unnamed_events
    from hits
    where event_name = '(other)'
    group by _partition

)

select
    totals.property_date as day,
    property.time_zone,
    case
        when totals.is_thresholded and totals.is_sampled then 'thresholded and sampled'
        when totals.is_thresholded then 'thresholded'
        when totals.is_sampled then 'sampled'
    end as inexact_because,
    totals.event_count,
    totals.transactions,
    cast(coalesce(unnamed.unnamed_events, 0) as bigint) as unnamed_events
from totals
cross join property
left join unnamed on cast(totals.property_date as string) = unnamed._partition
