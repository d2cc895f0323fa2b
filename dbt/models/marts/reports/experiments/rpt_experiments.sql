with

estimates as (

    select * from {{ ref('int_experiment_estimates') }}

),

arms as (

    select * from {{ ref('int_experiment_arms') }}

)

select
    estimates.experiment,
    arms.campaign_name,
    estimates.variant,
    estimates.metric,
    estimates.role,
    estimates.is_control,
    estimates.horizon_days,
    estimates.horizon_basis,
    estimates.horizon_responses,
    arms.first_assigned_at,
    arms.last_assigned_at,
    arms.persons_in_two_arms,
    estimates.persons,
    estimates.mature_persons,
    estimates.unconverted_orders,
    estimates.total,
    estimates.mean,
    estimates.difference,
    estimates.difference_lower,
    estimates.difference_upper,
    estimates.sequence_lower,
    estimates.sequence_upper,
    estimates.p_value,
    estimates.p_value_adjusted,
    estimates.q_value,
    estimates.minimum_detectable_effect,
    estimates.probability_to_be_best,
    estimates.sample_ratio_p_value,
    estimates.balance_p_value,
    estimates.weights_are_planned,
    estimates.verdict
from estimates
inner join arms on estimates.experiment = arms.experiment and estimates.variant = arms.variant
