{#- Touches beyond the most frequent ones are one player: the exact game over all of them has 2^n coalitions. -#}
{%- set players = var('attribution_shapley_players') -%}
with

paths as (

    select * from {{ ref('int_attribution_paths') }}

),

frequencies as (

    select
        dimension,
        touch,
        count(distinct journey_id) as journeys
    from paths
    group by dimension, touch

),

ranked_touches as (

    select
        *,
        row_number() over (partition by dimension order by journeys desc, touch) as touch_rank,
        count(*) over (partition by dimension) as dimension_touches
    from frequencies

)

select
    dimension,
    touch,
    case when touch_rank < {{ players }} then touch_rank - 1 else {{ players - 1 }} end as player,
    dimension_touches > {{ players }} and touch_rank >= {{ players }} as is_other
from ranked_touches
