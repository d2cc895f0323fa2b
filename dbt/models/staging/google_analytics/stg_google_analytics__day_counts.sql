{{ config(materialized='incremental', unique_key='event_partition') }}

with

hits as (

    select * from {{ ref('stg_google_analytics__hits') }}

),

attributes as (

    select * from {{ ref('stg_google_analytics__event_attributes') }}

),

hit_counts as (

    select
        event_partition,
        property_date,
        max(feed) as feed,
        sum(event_count) as events,
        sum(case when is_folded then event_count else 0 end) as folded_events,
        count(*) as hits,
        count(case when is_after_extraction then 1 end) as hits_after_extraction,
        count(hit_key) as hit_times,
        count(case when is_hit_time_rejected then 1 end) as rejected_hit_times
    from hits
    where {{ is_in_changed_partition('event_partition') }}
    group by event_partition, property_date

),

attribute_counts as (

    select
        event_partition,
        property_date,
        max(feed) as feed,
        sum(event_count) as attribute_events,
        count(*) as attribute_rows,
        count(case when is_revenue_restricted then 1 end) as restricted_rows,
        {{ exact_sum('purchase_revenue') }} as revenue,
        {{ exact_sum('case when is_folded then purchase_revenue else 0 end') }} as folded_revenue,
        {{ exact_sum('case when client_id is null then purchase_revenue else 0 end') }} as unidentified_revenue,
        max(currency) as currency
    from attributes
    where {{ is_in_changed_partition('event_partition') }}
    group by event_partition, property_date

)

select
    coalesce(hit_counts.event_partition, attribute_counts.event_partition) as event_partition,
    coalesce(hit_counts.property_date, attribute_counts.property_date) as property_date,
    coalesce(hit_counts.feed, attribute_counts.feed) as feed,
    coalesce(hit_counts.events, 0) as events,
    coalesce(hit_counts.folded_events, 0) as folded_events,
    coalesce(hit_counts.hits, 0) as hits,
    coalesce(hit_counts.hits_after_extraction, 0) as hits_after_extraction,
    coalesce(hit_counts.hit_times, 0) as hit_times,
    coalesce(hit_counts.rejected_hit_times, 0) as rejected_hit_times,
    coalesce(attribute_counts.attribute_events, 0) as attribute_events,
    coalesce(attribute_counts.attribute_rows, 0) as attribute_rows,
    coalesce(attribute_counts.restricted_rows, 0) as restricted_rows,
    coalesce(attribute_counts.revenue, 0) as revenue,
    coalesce(attribute_counts.folded_revenue, 0) as folded_revenue,
    coalesce(attribute_counts.unidentified_revenue, 0) as unidentified_revenue,
    attribute_counts.currency
from hit_counts
full outer join attribute_counts on hit_counts.event_partition = attribute_counts.event_partition
