with

totals as (

    select
        *,
        coalesce(feed, '') as property
    from {{ ref('stg_google_analytics_export__day_totals') }}

),

loads as (

    select * from {{ source('bookkeeping', 'loads') }}

),

days as (

    select
        {{ try_date('partition') }} as day,
        loaded
    from loads
    where source = 'google_analytics_export' and stream = 'events'

)

select
    'unreconciled_events' as indicator,
    {{ account_id('property', "'events'") }} as stream,
    day,
    cast(sum(abs(event_count - events)) as double) as affected,
    cast(sum(event_count) as double) as total,
    'events' as unit
from totals
where inexact_because is null and event_count > 0
group by property, day
union all
select
    'unreconciled_revenue' as indicator,
    {{ account_id('property', "'events'") }} as stream,
    day,
    sum(abs(purchase_revenue - revenue)) as affected,
    -- A day of refunds has a negative one.
    cast(sum(abs(purchase_revenue)) as double) as total,
    currency as unit
from totals
where inexact_because is null and is_in_currency and purchase_revenue <> 0
group by property, day, currency
union all
select
    'missing_days' as indicator,
    'events' as stream,
    day,
    cast(case when loaded = 0 then 1 else 0 end as double) as affected,
    cast(1 as double) as total,
    'days' as unit
from days
