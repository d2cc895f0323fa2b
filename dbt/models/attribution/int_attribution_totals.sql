with

journeys as (

    select * from {{ ref('int_attribution_journeys') }}

),

paths as (

    select * from {{ ref('int_attribution_paths') }}

),

-- A dimension without any touch has its conversions too: all of them are without a touch.
dimensions as (

    {%- for dimension in ['micro_conversion', 'campaign', 'channel_group', 'source'] %}
    select '{{ dimension }}' as dimension
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

touched_journeys as (

    select distinct
        dimension,
        journey_id
    from paths

)

select
    dimensions.dimension,
    journeys.bucket,
    count(case when journeys.is_converted then 1 end) as conversions,
    count(case when journeys.is_converted and touched_journeys.journey_id is not null then 1 end) as touched_conversions,
    count(case when not journeys.is_converted and touched_journeys.journey_id is not null then 1 end) as open_journeys,
    {{ exact_sum('case when journeys.is_converted then coalesce(journeys.net_revenue, 0) else 0 end') }} as revenue,
    {{ exact_sum('case when journeys.is_converted and touched_journeys.journey_id is not null then coalesce(journeys.net_revenue, 0) else 0 end') }}
        as touched_revenue,
    count(case when journeys.is_converted and journeys.is_order then 1 end) as orders,
    count(case when journeys.is_order and journeys.net_revenue is null then 1 end) as unconverted_orders
from journeys
cross join dimensions
left join touched_journeys
    on dimensions.dimension = touched_journeys.dimension and journeys.journey_id = touched_journeys.journey_id
group by dimensions.dimension, journeys.bucket
