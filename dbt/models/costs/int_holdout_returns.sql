with

experiments as (

    select * from {{ ref('rpt_experiments') }}

),

assignments as (

    select * from {{ ref('int_experiment_assignments') }}
    where not is_in_two_arms

),

sends as (

    select * from {{ ref('fct_email_sends') }}

),

campaigns_of_experiments as (

    select
        experiment,
        min(campaign_key) as campaign_key
    from assignments
    where campaign_key is not null
    group by experiment
    having count(distinct campaign_key) = 1

),

controls as (

    select distinct
        experiment,
        variant
    from experiments
    where is_control

),

arms as (

    select
        assignments.experiment,
        controls.variant is not null as is_control,
        count(distinct assignments.person_key) as persons,
        count(distinct sends.person_key) as recipients
    from assignments
    inner join campaigns_of_experiments on assignments.experiment = campaigns_of_experiments.experiment
    left join controls on assignments.experiment = controls.experiment and assignments.variant = controls.variant
    left join sends
        on
            assignments.person_key = sends.person_key
            and campaigns_of_experiments.campaign_key = sends.campaign_key
            and sends.sent_at is not null
    group by assignments.experiment, controls.variant is not null

),

-- A control is a holdout where it got nothing of the campaign that the others got.
holdouts as (

    select experiment
    from arms
    group by experiment
    having
        coalesce(sum(case when is_control then recipients end), 0) = 0
        and coalesce(sum(case when not is_control then recipients end), 0) > 0

),

-- Of the control, too: the difference lacks them on both sides.
unconverted_orders as (

    select
        experiment,
        cast(sum(unconverted_orders) as bigint) as unconverted_orders
    from experiments
    where metric = 'net_revenue'
    group by experiment

),

effects as (

    select * from experiments
    where metric = 'net_revenue' and is_control = false

)

select
    campaigns_of_experiments.campaign_key,
    effects.experiment,
    cast(sum(effects.persons) as bigint) as persons,
    {{ exact_sum('effects.difference * effects.persons') }} as revenue,
    max(unconverted_orders.unconverted_orders) as unconverted_orders,
    -- Arms share their control: bounds added are never too narrow.
    {{ exact_sum('effects.difference_lower * effects.persons') }} as revenue_lower,
    {{ exact_sum('effects.difference_upper * effects.persons') }} as revenue_upper,
    min(case when effects.mature_persons = effects.persons then 1 else 0 end) = 1 as is_mature,
    count(*) = count(effects.difference)
    and min(effects.sample_ratio_p_value) >= 0.001
    and coalesce(min(effects.balance_p_value), 1) >= 0.001 as is_valid
from effects
inner join holdouts on effects.experiment = holdouts.experiment
inner join campaigns_of_experiments on effects.experiment = campaigns_of_experiments.experiment
left join unconverted_orders on effects.experiment = unconverted_orders.experiment
group by campaigns_of_experiments.campaign_key, effects.experiment
