with

micro_conversions as (

    select * from {{ ref('int_person_steps') }}
    where next_micro_conversion is null

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}
    where person_key is not null

)

select
    person_key,
    cast(micro_conversion as string) as micro_conversion,
    first_taken_at
from micro_conversions
union all
select
    person_key,
    cast(macro_conversion as string),
    min(occurred_at)
from macro_conversions
group by person_key, macro_conversion
