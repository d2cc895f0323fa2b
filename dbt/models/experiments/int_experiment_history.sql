with

assignments as (

    select *
    from {{ ref('int_experiment_assignments') }}
    where not is_in_two_arms

),

sends as (

    select * from {{ ref('fct_email_sends') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

clicks_before as (

    select
        assignments.experiment,
        assignments.person_key,
        count(*) as clicks
    from assignments
    inner join sends
        on
            assignments.person_key = sends.person_key
            and sends.first_human_click_at < assignments.assigned_at
            and sends.first_human_click_at >= {{ plus_days('assignments.assigned_at', '-' ~ var('experiment_history_days')) }}
    group by assignments.experiment, assignments.person_key

),

converted_before as (

    select distinct
        assignments.experiment,
        assignments.person_key
    from assignments
    inner join macro_conversions
        on
            assignments.person_key = macro_conversions.person_key
            and macro_conversions.occurred_at < assignments.assigned_at

)

select
    assignments.experiment,
    assignments.person_key,
    assignments.variant,
    assignments.assigned_at,
    coalesce(clicks_before.clicks, 0) as clicks_before,
    converted_before.person_key is not null as had_converted
from assignments
left join clicks_before
    on assignments.experiment = clicks_before.experiment and assignments.person_key = clicks_before.person_key
left join converted_before
    on assignments.experiment = converted_before.experiment and assignments.person_key = converted_before.person_key
