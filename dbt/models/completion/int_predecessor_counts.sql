with

person_steps as (

    select * from {{ ref('int_person_steps') }}

),

-- Only persons known when they took the step, and those whose days in which the next step counts had passed when the data ends.
counted as (

    select
        micro_conversion,
        next_micro_conversion,
        count(*) as persons
    from person_steps
    where is_known and {{ plus_days('first_taken_at', var('next_step_days')) }} <= {{ data_watermark() }}
    group by micro_conversion, next_micro_conversion

)

select
    continued.next_micro_conversion as micro_conversion,
    continued.micro_conversion as previous_micro_conversion,
    taken.persons,
    continued.persons as continued
from counted as continued
inner join counted as taken
    on continued.micro_conversion = taken.micro_conversion and taken.next_micro_conversion is null
where continued.next_micro_conversion is not null
