with

assignments as (

    select * from {{ ref('int_experiment_assignments') }}

),

history as (

    select * from {{ ref('int_experiment_history') }}

),

plans as (

    select * from {{ ref('experiments') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

counted as (

    select
        experiment,
        variant,
        count(case when not is_in_two_arms then 1 end) as persons,
        max(assigned_at) as last_assigned_at,
        min(assigned_at) as first_assigned_at,
        min(campaign_key) as campaign_key
    from assignments
    group by experiment, variant

),

in_two_arms as (

    select
        experiment,
        count(case when is_in_two_arms then 1 end) as persons_in_two_arms
    from assignments
    group by experiment

),

history_by_arm as (

    select
        experiment,
        variant,
        count(case when clicks_before > 0 then 1 end) as had_clicked,
        count(case when had_converted then 1 end) as had_converted
    from history
    group by experiment, variant

),

planned_metrics as (

    select
        experiment,
        min(primary_metric) as primary_metric
    from plans
    group by experiment

)

select
    counted.experiment,
    counted.variant,
    campaigns.name as campaign_name,
    campaigns.kind is null or campaigns.kind in ('flow', 'transactional') as is_over_time,
    counted.persons,
    counted.first_assigned_at,
    counted.last_assigned_at,
    in_two_arms.persons_in_two_arms,
    coalesce(history_by_arm.had_clicked, 0) as had_clicked,
    coalesce(history_by_arm.had_converted, 0) as had_converted,
    plans.weight,
    coalesce(planned_metrics.primary_metric, {{ goal_metric('campaigns.goal_micro_conversion') }}, 'human_click')
        as primary_metric
from counted
inner join in_two_arms on counted.experiment = in_two_arms.experiment
left join history_by_arm
    on counted.experiment = history_by_arm.experiment and counted.variant = history_by_arm.variant
left join plans on counted.experiment = plans.experiment and counted.variant = plans.variant
left join planned_metrics on counted.experiment = planned_metrics.experiment
left join campaigns on counted.campaign_key = campaigns.campaign_key
