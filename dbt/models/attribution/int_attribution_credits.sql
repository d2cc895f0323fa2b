{#- Each model's share of one conversion for one touch; the shares of a conversion sum to 1. Decays are summed in one order: rounded
    shares of two builds differed in their last digit. -#}
{%- set shares = {
    'first': "case when position = 1 then 1.0 else 0.0 end",
    'last': "case when position = touches then 1.0 else 0.0 end",
    'linear': "1.0 / touches",
    'position': "case when touches = 1 then 1.0 when touches = 2 then 0.5 when position = 1 or position = touches then 0.4 else 0.2 / (touches - 2) end",
    'time_decay': "decay / sum(decay) over (partition by journey_id, dimension order by position rows between unbounded preceding and unbounded following)",
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
        count(*) as touches_alike
    from paths
    group by journey_id, dimension, touch

),

distinct_touches as (

    select
        journey_id,
        dimension,
        count(*) as distinct_touches
    from touches_alike
    group by journey_id, dimension

),

paths_with_counts as (

    select
        paths.*,
        touches_alike.touches_alike,
        distinct_touches.distinct_touches
    from paths
    inner join touches_alike
        on
            paths.journey_id = touches_alike.journey_id
            and paths.dimension = touches_alike.dimension
            and paths.touch = touches_alike.touch
    inner join distinct_touches
        on paths.journey_id = distinct_touches.journey_id and paths.dimension = distinct_touches.dimension

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

)

{%- for model in shares %}
select
    '{{ model }}' as model,
    dimension,
    touch,
    bucket,
    -- To twelve digits: rounded to six, thousands of shares miss their sum by more than a billionth.
    {{ exact_sum('share_' ~ model, 12) }} as conversions,
    {{ exact_sum('share_' ~ model ~ ' * coalesce(cast(net_revenue as double), 0)', 12) }} as revenue
from shares
group by dimension, touch, bucket
{{ 'union all' if not loop.last }}
{%- endfor %}
