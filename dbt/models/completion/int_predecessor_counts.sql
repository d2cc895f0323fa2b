with

person_steps as (

    select *
    from {{ ref('int_person_steps') }}
    where is_known

),

watermarks as (

    select
        outcome as micro_conversion,
        watermark_at,
        known_from
    from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'micro_conversion'

),

instants as (

    select distinct
        watermark_at,
        known_from
    from watermarks

),

-- Only persons known when they took the step, and those whose days in which the next step counts had passed when it was known.
taken as (

    select
        person_steps.micro_conversion,
        instants.watermark_at,
        instants.known_from,
        count(*) as persons
    from person_steps
    inner join instants
        on {{ exposure_is_mature(
            'person_steps.first_taken_at', var('next_step_days'), 'instants.watermark_at', 'instants.known_from'
        ) }}
    where person_steps.next_micro_conversion is null
    group by person_steps.micro_conversion, instants.watermark_at, instants.known_from

),

-- Of those persons: a step that was followed may be a later one of a person who took it before the next one was reported.
continued as (

    select
        person_steps.micro_conversion,
        person_steps.next_micro_conversion,
        watermarks.watermark_at,
        watermarks.known_from,
        count(*) as persons
    from person_steps
    inner join watermarks
        on
            person_steps.next_micro_conversion = watermarks.micro_conversion
            and {{ plus_days('person_steps.first_taken_at', var('next_step_days')) }} <= watermarks.watermark_at
            and {{ is_after_begin('person_steps.step_first_taken_at', 'watermarks.known_from') }}
    group by
        person_steps.micro_conversion, person_steps.next_micro_conversion, watermarks.watermark_at, watermarks.known_from

)

select
    continued.next_micro_conversion as micro_conversion,
    continued.micro_conversion as previous_micro_conversion,
    taken.persons,
    continued.persons as continued
from continued
inner join taken
    on
        continued.micro_conversion = taken.micro_conversion
        and continued.watermark_at = taken.watermark_at
        and continued.known_from is not distinct from taken.known_from
