with

paths as (

    select * from {{ ref('int_attribution_paths') }}

),

players as (

    select * from {{ ref('int_attribution_players') }}

),

journey_players as (

    select distinct
        paths.dimension,
        paths.journey_id,
        paths.bucket,
        paths.is_converted,
        players.player
    from paths
    inner join players on paths.dimension = players.dimension and paths.touch = players.touch

),

journey_coalitions as (

    select
        dimension,
        journey_id,
        bucket,
        is_converted,
        cast(sum(power(2, player)) as bigint) as coalition
    from journey_players
    group by dimension, journey_id, bucket, is_converted

)

select
    dimension,
    bucket,
    coalition,
    count(*) as journeys,
    count(case when is_converted then 1 end) as conversions
from journey_coalitions
group by dimension, bucket, coalition
