with

totals as (

    select * from {{ ref('stg_google_analytics__daily_totals') }}

),

hits as (

    select * from {{ source('google_analytics', 'events') }}

),

property as (

    select coalesce(max(property_time_zone), 'UTC') as time_zone from hits

)

select
    totals.property_date as day,
    property.time_zone,
    not totals.has_other_row and not totals.is_thresholded and not totals.is_sampled as is_exact,
    totals.event_count,
    totals.transactions
from totals
cross join property
