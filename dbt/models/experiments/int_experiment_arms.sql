with

assignments as (

    select * from {{ ref('int_experiment_assignments') }}

),

unsent as (

    select * from {{ ref('int_unsent_experiments') }}

),

history as (

    select * from {{ ref('int_experiment_history') }}

),

planned as (

    select * from {{ ref('experiments') }}

),

audiences as (

    select * from {{ ref('int_audience_assignments') }}
    where not is_in_two_arms

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

-- An audience's arms are to have the shares that held when each person was assigned. Clicks on an e-mail that the
-- holdout was not sent decide nothing.
plans as (

    select
        experiment,
        variant,
        weight,
        primary_metric
    from planned
    union all
    select
        audience_id,
        'treated',
        {{ exact_sum('1 - holdout_share', 12) }},
        'conversion'
    from audiences
    where audience_id not in (select planned.experiment from planned)
    group by audience_id
    union all
    select
        audience_id,
        'holdout',
        {{ exact_sum('holdout_share', 12) }},
        'conversion'
    from audiences
    where audience_id not in (select planned.experiment from planned)
    group by audience_id

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

experiments as (

    select
        experiment,
        count(case when is_in_two_arms then 1 end) as persons_in_two_arms,
        min(campaign_key) as campaign_key,
        false as is_unsent
    from assignments
    group by experiment
    union all
    select
        experiment,
        0 as persons_in_two_arms,
        min(campaign_key) as campaign_key,
        true as is_unsent
    from unsent
    group by experiment

),

-- An arm that was planned and that no one got is one, too: its absence is what shows a broken assignment.
arms as (

    select
        experiment,
        variant
    from counted
    union
    select
        experiment,
        variant
    from unsent
    union
    select
        plans.experiment,
        plans.variant
    from plans
    inner join experiments on plans.experiment = experiments.experiment

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
    arms.experiment,
    arms.variant,
    campaigns.name as campaign_name,
    max(case when campaigns.kind is null or campaigns.kind = 'flow' then 1 else 0 end)
        over (partition by arms.experiment)
    = 1 as is_over_time,
    coalesce(counted.persons, 0) as persons,
    counted.first_assigned_at,
    counted.last_assigned_at,
    experiments.persons_in_two_arms,
    experiments.is_unsent,
    coalesce(history_by_arm.had_clicked, 0) as had_clicked,
    coalesce(history_by_arm.had_converted, 0) as had_converted,
    plans.weight,
    coalesce(planned_metrics.primary_metric, {{ goal_metric('campaigns.goal_micro_conversion') }}, 'human_click')
        as primary_metric
from arms
inner join experiments on arms.experiment = experiments.experiment
left join counted on arms.experiment = counted.experiment and arms.variant = counted.variant
left join history_by_arm
    on arms.experiment = history_by_arm.experiment and arms.variant = history_by_arm.variant
left join plans on arms.experiment = plans.experiment and arms.variant = plans.variant
left join planned_metrics on arms.experiment = planned_metrics.experiment
left join campaigns on coalesce(counted.campaign_key, experiments.campaign_key) = campaigns.campaign_key
