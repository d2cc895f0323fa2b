with

populations as (

    select * from {{ ref('completion_populations') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

)

select
    populations.micro_conversion,
    {{ step_offer('populations.population', 'populations.micro_conversion', 'populations.exposure') }} as offer
from populations
inner join types on populations.micro_conversion = types.micro_conversion
inner join observable on populations.micro_conversion = observable.micro_conversion
where types.polarity = 'micro' and observable.is_observable
