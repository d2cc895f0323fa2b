with

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

-- Only those whose days in which the next step counts had passed when the data ends.
predecessors as (

    select
        micro_conversion,
        count(distinct person_key) as persons
    from micro_conversions
    where {{ plus_days('occurred_at', var('next_step_days')) }} <= {{ data_watermark() }}
    group by micro_conversion

),

steps as (

    select
        micro_conversion,
        previous_micro_conversion,
        count(distinct person_key) as persons
    from micro_conversions
    where
        previous_micro_conversion <> micro_conversion
        and seconds_since_previous <= {{ var('next_step_days') }} * 86400
        and seconds_since_previous + {{ seconds_between('occurred_at', data_watermark()) }}
        >= {{ var('next_step_days') }} * 86400
    group by micro_conversion, previous_micro_conversion

)

select
    steps.micro_conversion,
    steps.previous_micro_conversion,
    cast(predecessors.persons as bigint) as persons,
    cast(steps.persons as bigint) as continued
from steps
inner join predecessors on steps.previous_micro_conversion = predecessors.micro_conversion
