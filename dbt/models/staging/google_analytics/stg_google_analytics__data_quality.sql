{%- set measures = [
    ('events', 'folded_events', 'folded_events', 'events', "'events'"),
    ('event_attributes', 'folded_revenue', 'folded_revenue', 'revenue', 'currency'),
    ('event_attributes', 'revenue_without_person', 'unidentified_revenue', 'revenue', 'currency'),
    ('event_attributes', 'unreconciled_revenue', 'revenue_off_total', 'exact_revenue', 'currency'),
    ('event_attributes', 'restricted_revenue', 'restricted_rows', 'attribute_rows', "'records'"),
    ('events', 'rejected_hit_times', 'rejected_hit_times', 'hit_times', "'records'"),
    ('events', 'times_after_extraction', 'hits_after_extraction', 'hits', "'records'"),
    ('daily_totals', 'thresholded_events', 'thresholded_events', 'total_events', "'events'"),
    ('daily_totals', 'thresholded_revenue', 'thresholded_revenue', 'total_revenue', 'currency'),
    ('daily_totals', 'sampled_events', 'sampled_events', 'total_events', "'events'"),
    ('daily_totals', 'sampled_revenue', 'sampled_revenue', 'total_revenue', 'currency'),
    ('events', 'withheld_events', 'withheld_events', 'total_events', "'events'"),
    ('events', 'unreconciled_events', 'events_off_total', 'exact_events', "'events'"),
    ('event_attributes', 'unreconciled_events', 'attribute_events_off_total', 'exact_events', "'events'"),
] -%}

with

counts as (

    select * from {{ ref('stg_google_analytics__day_counts') }}

),

totals as (

    select * from {{ ref('stg_google_analytics__daily_totals') }}
    where is_exported = false

),

days as (

    select
        coalesce(totals.feed, counts.feed, '') as property,
        coalesce(totals.property_date, counts.property_date) as day,
        coalesce(totals.currency, counts.currency) as currency,
        coalesce(totals.is_thresholded, false) as is_thresholded,
        coalesce(totals.is_sampled, false) as is_sampled,
        coalesce(totals.event_count, 0) as total_events,
        coalesce(totals.purchase_revenue, 0) as total_revenue,
        coalesce(counts.events, 0) as events,
        coalesce(counts.folded_events, 0) as folded_events,
        coalesce(counts.hits, 0) as hits,
        coalesce(counts.hits_after_extraction, 0) as hits_after_extraction,
        coalesce(counts.hit_times, 0) as hit_times,
        coalesce(counts.rejected_hit_times, 0) as rejected_hit_times,
        coalesce(counts.attribute_events, 0) as attribute_events,
        coalesce(counts.attribute_rows, 0) as attribute_rows,
        coalesce(counts.restricted_rows, 0) as restricted_rows,
        coalesce(counts.revenue, 0) as revenue,
        coalesce(counts.folded_revenue, 0) as folded_revenue,
        coalesce(counts.unidentified_revenue, 0) as unidentified_revenue
    from totals
    full outer join counts
        on totals.property_date = counts.property_date and coalesce(totals.feed, '') = coalesce(counts.feed, '')

),

-- A day of each property is compared with its total where Google says that its rows are complete.
compared as (

    select
        *,
        case when is_thresholded then total_events else 0 end as thresholded_events,
        case when is_thresholded then total_revenue else 0 end as thresholded_revenue,
        case when is_sampled then total_events else 0 end as sampled_events,
        case when is_sampled then total_revenue else 0 end as sampled_revenue,
        case when is_thresholded and not is_sampled and total_events > events then total_events - events else 0 end
            as withheld_events,
        case when not is_thresholded and not is_sampled then total_events else 0 end as exact_events,
        case when not is_thresholded and not is_sampled and restricted_rows = 0 then total_revenue else 0 end
            as exact_revenue,
        abs(total_revenue - revenue) as revenue_off_total,
        abs(total_events - events) as events_off_total,
        abs(total_events - attribute_events) as attribute_events_off_total
    from days

)

{%- for stream, indicator, affected, total, unit in measures %}

select
    '{{ indicator }}' as indicator,
    {{ account_id('property', "'" ~ stream ~ "'") }} as stream,
    day,
    cast(sum({{ affected }}) as double) as affected,
    cast(sum({{ total }}) as double) as total,
    {{ unit }} as unit
from compared
where {{ total }} > 0
group by property, day{{ ', currency' if unit == 'currency' }}
{{ 'union all' if not loop.last }}
{%- endfor %}
