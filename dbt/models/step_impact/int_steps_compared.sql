with

populations as (

    select * from {{ ref('completion_populations') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

),

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'micro_conversion'

),

-- Steps and conversions that a source reports later than others are compared from then on.
steps as (

    select
        populations.micro_conversion,
        {{ step_offer('populations.population', 'populations.micro_conversion', 'populations.exposure') }} as offer_of_all,
        {{ latest_begin('watermarks.known_from', outcome_known_from('macro_conversion')) }} as known_from
    from populations
    inner join types on populations.micro_conversion = types.micro_conversion
    inner join observable on populations.micro_conversion = observable.micro_conversion
    inner join watermarks on populations.micro_conversion = watermarks.outcome
    where types.polarity = 'micro' and observable.is_observable

)

select
    micro_conversion,
    offer_of_all,
    offer_of_all || coalesce(' since ' || cast(known_from as string), '') as offer,
    known_from
from steps
