with

outcomes as (

    select * from {{ ref('int_stage_outcomes') }}

)

select
    from_stage,
    to_stage,
    seconds,
    count(*) as spans
from outcomes
group by from_stage, to_stage, seconds
