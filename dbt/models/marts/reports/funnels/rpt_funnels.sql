with

counts as (

    select * from {{ ref('int_funnel_counts') }}

),

estimates as (

    select * from {{ ref('int_funnel_estimates') }}

),

rated as (

    select
        counts.sequence_id,
        counts.person_population,
        counts.step_number,
        case
            when counts.is_observable and counts.window_days is null then estimates.reached_rate
            when counts.is_observable then counts.reached / cast(nullif(counts.entrants, 0) as double)
        end as reached_rate,
        case
            when counts.is_observable and counts.window_days is null then estimates.reached_lower
            when counts.is_observable then {{ wilson_interval('counts.reached', 'counts.entrants', 'lower') }}
        end as reached_lower,
        case
            when counts.is_observable and counts.window_days is null then estimates.reached_upper
            when counts.is_observable then {{ wilson_interval('counts.reached', 'counts.entrants', 'upper') }}
        end as reached_upper,
        case
            when not counts.is_observable or counts.is_optional then null
            when counts.window_days is null then estimates.step_rate
            else counts.reached / cast(nullif(counts.reached_previous, 0) as double)
        end as step_rate,
        case
            when not counts.is_observable or counts.is_optional then null
            when counts.window_days is null then estimates.step_lower
            else {{ wilson_interval('counts.reached', 'counts.reached_previous', 'lower') }}
        end as step_lower,
        case
            when not counts.is_observable or counts.is_optional then null
            when counts.window_days is null then estimates.step_upper
            else {{ wilson_interval('counts.reached', 'counts.reached_previous', 'upper') }}
        end as step_upper
    from counts
    left join estimates
        on
            counts.sequence_id = estimates.sequence_id
            and counts.person_population = estimates.person_population
            and counts.step_number = estimates.step_number

)

select
    counts.sequence_id,
    counts.person_population,
    cast(counts.step_number as integer) as step_number,
    counts.micro_conversion,
    counts.is_optional,
    counts.is_of_referred_person,
    counts.is_entry,
    counts.is_observable,
    cast(counts.window_days as integer) as window_days,
    counts.entrants,
    counts.immature_entrants,
    counts.left_truncated_entrants,
    counts.entrants > 0 as is_mature,
    counts.reached,
    counts.acted,
    counts.best_attempt_reached,
    rated.reached_rate,
    rated.reached_lower,
    rated.reached_upper,
    rated.step_rate,
    rated.step_lower,
    rated.step_upper,
    1 - rated.step_rate as drop_off,
    case
        when counts.window_days is null
            then 'first entry of each person, ordered steps within their gaps; Kaplan-Meier, as there is no window'
        else 'first entry of each person, ordered steps within their gaps, mature entrants; Wilson interval'
    end as method
from counts
inner join rated
    on
        counts.sequence_id = rated.sequence_id
        and counts.person_population = rated.person_population
        and counts.step_number = rated.step_number
