{#- Each model's share of one conversion for one touch; the shares of a conversion sum to 1. -#}
{%- set shares = {
    'first': "case when position = 1 then 1.0 else 0.0 end",
    'last': "case when position = touches then 1.0 else 0.0 end",
    'linear': "1.0 / touches",
    'position': "case when touches = 1 then 1.0 when touches = 2 then 0.5 when position = 1 or position = touches then 0.4 else 0.2 / (touches - 2) end",
    'time_decay': "decay / decays",
    'shapley_touches': "1.0 / distinct_touches / touches_alike",
} -%}
with

paths as (

    select *
    from {{ ref('int_attribution_paths') }}
    where is_converted

),

touches_alike as (

    select
        journey_id,
        dimension,
        touch,
        count(*) as touches_alike,
        -- Exactly: sums of doubles in two orders differ in their last digit.
        sum(cast(decay as decimal(38, 15))) as decays
    from paths
    group by journey_id, dimension, touch

),

journeys as (

    select
        journey_id,
        dimension,
        count(*) as distinct_touches,
        cast(sum(decays) as double) as decays
    from touches_alike
    group by journey_id, dimension

),

paths_with_counts as (

    select
        paths.*,
        touches_alike.touches_alike,
        journeys.distinct_touches,
        journeys.decays
    from paths
    inner join touches_alike
        on
            paths.journey_id = touches_alike.journey_id
            and paths.dimension = touches_alike.dimension
            and paths.touch = touches_alike.touch
    inner join journeys
        on paths.journey_id = journeys.journey_id and paths.dimension = journeys.dimension

),

shares as (

    select
        dimension,
        touch,
        bucket,
        net_revenue,
        {%- for model, share in shares.items() %}
        {{ share }} as share_{{ model }}{{ ',' if not loop.last }}
        {%- endfor %}
    from paths_with_counts

),

sums as (

    select
        dimension,
        touch,
        bucket,
        {%- for model in shares %}
        -- To twelve digits: rounded to six, thousands of shares miss their sum by more than a billionth.
        {{ exact_sum('share_' ~ model, 12) }} as conversions_{{ model }},
        {{ exact_sum('share_' ~ model ~ ' * coalesce(cast(net_revenue as double), 0)', 12) }} as revenue_{{ model }}{{ ',' if not loop.last }}
        {%- endfor %}
    from shares
    group by dimension, touch, bucket

)

{%- for model in shares %}
select
    '{{ model }}' as model,
    dimension,
    touch,
    bucket,
    conversions_{{ model }} as conversions,
    revenue_{{ model }} as revenue
from sums
{{ 'union all' if not loop.last }}
{%- endfor %}
