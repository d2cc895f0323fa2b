with

converted as (

    select * from {{ ref('int_converted_costs') }}

)

select
    campaign_key,
    -- A part of the cost is none.
    cast(case when count(*) = count(cost) then sum(cost) end as decimal(38, 4)) as cost,
    count(*) as cost_rows,
    count(*) - count(cost) as unconverted_costs,
    min(day) as first_day,
    max(day) as last_day
from converted
group by campaign_key
