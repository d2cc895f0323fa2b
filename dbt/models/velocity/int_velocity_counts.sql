with

spells as (

    select * from {{ ref('int_velocity_spells') }}

)

select
    micro_conversion,
    next_step,
    outcome,
    seconds,
    count(*) as persons
from spells
group by micro_conversion, next_step, outcome, seconds
