{{ config(materialized='incremental', unique_key='person_key') }}

with

stages as (

    select * from {{ delta('int_journey_stages') }}

),

exits as (

    select * from {{ delta('int_person_exits') }}

),

first_entries as (

    select
        person_key,
        stage_rank,
        min(stage) as stage,
        min(span_number) as span_number,
        min(entered_at) as entered_at,
        min_by(is_known, span_number) as is_known
    from stages
    group by person_key, stage_rank

),

-- Skipping forward counts as reaching the next stage.
first_advances as (

    select
        entries.person_key,
        entries.stage_rank,
        entries.stage,
        entries.entered_at,
        entries.is_known,
        min(later_stages.entered_at) as reached_at,
        coalesce(min(later_stages.span_number) < min(entries.span_number), false) as was_beyond
    from first_entries as entries
    left join first_entries as later_stages
        on entries.person_key = later_stages.person_key and entries.stage_rank < later_stages.stage_rank
    where entries.stage <> 'advocacy'
    group by entries.person_key, entries.stage_rank, entries.stage, entries.entered_at, entries.is_known

),

first_exits as (

    select
        first_advances.person_key,
        first_advances.stage_rank,
        min(exits.exited_at) as exited_at
    from first_advances
    inner join exits
        on first_advances.person_key = exits.person_key and first_advances.entered_at <= exits.exited_at
    group by first_advances.person_key, first_advances.stage_rank

),

outcomes as (

    select
        first_advances.person_key,
        first_advances.stage_rank,
        first_advances.stage,
        first_advances.entered_at,
        first_advances.reached_at,
        first_exits.exited_at,
        first_advances.is_known,
        case
            when first_advances.was_beyond then 'was_beyond'
            when first_advances.reached_at <= coalesce(first_exits.exited_at, first_advances.reached_at) then 'reached'
            when first_exits.exited_at is not null then 'left'
        end as outcome
    from first_advances
    left join first_exits
        on first_advances.person_key = first_exits.person_key and first_advances.stage_rank = first_exits.stage_rank

)

select
    person_key,
    stage as from_stage,
    {{ journey_stage_name('stage_rank + 1') }} as to_stage,
    entered_at,
    {{ person_population('is_known') }} as person_population,
    outcome,
    case
        when outcome = 'reached' then reached_at
        when outcome = 'left' then exited_at
    end as ended_at,
    case
        when outcome = 'reached' then {{ seconds_between('entered_at', 'reached_at') }}
        when outcome = 'left' then {{ seconds_between('entered_at', 'exited_at') }}
    end as seconds,
    coalesce(outcome = 'left' and reached_at is not null, false) as is_reached_after_exit
from outcomes
