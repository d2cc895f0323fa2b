with

totals as (

    select * from {{ ref('stg_google_analytics__daily_totals') }}

),

counts as (

    select * from {{ ref('stg_google_analytics_export__day_counts') }}

),

-- Of several properties in the export those are compared that have totals, where both say which they are.
of_the_property as (

    select
        counts.*,
        totals.feed
    from counts
    inner join totals
        on
            counts.property_date = totals.property_date
            and coalesce(counts.property_id, totals.property_id, '') = coalesce(totals.property_id, counts.property_id, '')

),

days as (

    select
        property_date,
        feed,
        sum(events) as events,
        {{ exact_sum('revenue') }} as revenue,
        count(*) as properties,
        max(case when is_preliminary then 1 else 0 end) = 1 as is_preliminary,
        min(currency) as currency,
        max(currencies) as currencies
    from of_the_property
    group by property_date, feed

)

select
    totals.property_date as day,
    totals.feed,
    coalesce(totals.property_time_zone, '{{ var('account_time_zone') }}') as time_zone,
    case
        when days.properties > 1 then 'of several properties'
        when days.is_preliminary then 'not exported to the end'
        when totals.is_sampled then 'sampled'
    end as inexact_because,
    totals.event_count,
    totals.transactions,
    cast(0 as bigint) as unnamed_events,
    totals.purchase_revenue,
    totals.currency,
    days.events,
    days.revenue,
    -- Amounts in other currencies than the property's are in its total converted, and here as they came.
    coalesce(days.currencies = 1 and days.currency = totals.currency, days.revenue = 0 and days.currencies < 2) as is_in_currency
from totals
inner join days on totals.property_date = days.property_date and coalesce(totals.feed, '') = coalesce(days.feed, '')
where totals.is_exported
