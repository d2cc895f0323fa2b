with

paths as (

    select * from {{ ref('int_attribution_paths') }}

)

select
    dimension,
    bucket,
    coalesce(previous_touch, '(start)') as from_state,
    touch as to_state,
    count(*) as journeys
from paths
group by dimension, bucket, coalesce(previous_touch, '(start)'), touch

union all

select
    dimension,
    bucket,
    touch,
    case when is_converted then '(conversion)' else '(none)' end,
    count(*)
from paths
where position = touches
group by dimension, bucket, touch, case when is_converted then '(conversion)' else '(none)' end
