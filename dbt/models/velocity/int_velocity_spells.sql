{#- From a person's first completion of a step until what follows; until the end of the data where nothing does. -#}
{%- set known_until = outcome_watermark('macro_conversion') -%}
with

person_steps as (

    select *
    from {{ ref('int_person_steps') }}
    where is_known

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

exits as (

    select * from {{ ref('int_person_exits') }}

),

steps as (

    select
        person_steps.person_key,
        person_steps.micro_conversion,
        person_steps.first_taken_at,
        {{ known_until }} as known_until
    from person_steps
    where person_steps.next_micro_conversion is null and person_steps.first_taken_at <= {{ known_until }}

),

conversions_after as (

    select
        steps.person_key,
        steps.micro_conversion,
        min(macro_conversions.occurred_at) as ended_at
    from steps
    inner join macro_conversions
        on
            steps.person_key = macro_conversions.person_key
            and macro_conversions.occurred_at >= steps.first_taken_at
            and macro_conversions.occurred_at <= steps.known_until
    group by steps.person_key, steps.micro_conversion

),

steps_after as (

    select
        steps.person_key,
        steps.micro_conversion,
        later_steps.micro_conversion as next_micro_conversion,
        later_steps.first_taken_at as ended_at
    from steps
    inner join steps as later_steps
        on
            steps.person_key = later_steps.person_key
            and steps.micro_conversion <> later_steps.micro_conversion
            and steps.first_taken_at <= later_steps.first_taken_at

),

-- Pairs of which enough persons took the second step next after the first.
pairs as (

    select
        micro_conversion,
        next_micro_conversion
    from person_steps
    where next_micro_conversion is not null
    group by micro_conversion, next_micro_conversion
    having count(*) >= {{ var('path_minimum_persons') }}

),

exits_after as (

    select
        steps.person_key,
        steps.micro_conversion,
        min(exits.exited_at) as exited_at
    from steps
    inner join exits
        on
            steps.person_key = exits.person_key
            and exits.exited_at >= steps.first_taken_at
            and exits.exited_at <= steps.known_until
    group by steps.person_key, steps.micro_conversion

),

spells as (

    select
        steps.person_key,
        steps.micro_conversion,
        'macro_conversion' as next_step,
        steps.first_taken_at,
        steps.known_until,
        conversions_after.ended_at
    from steps
    left join conversions_after
        on steps.person_key = conversions_after.person_key and steps.micro_conversion = conversions_after.micro_conversion

    union all

    select
        steps.person_key,
        steps.micro_conversion,
        pairs.next_micro_conversion,
        steps.first_taken_at,
        steps.known_until,
        steps_after.ended_at
    from steps
    inner join pairs on steps.micro_conversion = pairs.micro_conversion
    left join steps_after
        on
            steps.person_key = steps_after.person_key
            and steps.micro_conversion = steps_after.micro_conversion
            and pairs.next_micro_conversion = steps_after.next_micro_conversion
    -- Who had taken the next step before cannot take it first after this one.
    left join steps as earlier_steps
        on
            steps.person_key = earlier_steps.person_key
            and pairs.next_micro_conversion = earlier_steps.micro_conversion
            and earlier_steps.first_taken_at < steps.first_taken_at
    where earlier_steps.person_key is null

)

select
    spells.person_key,
    spells.micro_conversion,
    spells.next_step,
    case
        when spells.ended_at is not null and (exits_after.exited_at is null or spells.ended_at <= exits_after.exited_at)
            then 'reached'
        when exits_after.exited_at is not null then 'left'
    end as outcome,
    {{ seconds_between(
        'spells.first_taken_at',
        'least(coalesce(spells.ended_at, spells.known_until), coalesce(exits_after.exited_at, spells.known_until))'
    ) }} as seconds
from spells
left join exits_after
    on spells.person_key = exits_after.person_key and spells.micro_conversion = exits_after.micro_conversion
