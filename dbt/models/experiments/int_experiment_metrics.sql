with

assignments as (

    select *
    from {{ ref('int_experiment_assignments') }}
    where not is_in_two_arms

),

sends as (

    select * from {{ ref('fct_email_sends') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

exits as (

    select * from {{ ref('int_person_exits') }}

),

horizons as (

    select * from {{ ref('int_experiment_horizons') }}

),

-- A click counts on the e-mail that is the test; without one, any.
clicks as (

    select distinct
        assignments.experiment,
        assignments.person_key,
        'human_click' as metric
    from assignments
    inner join sends
        on
            assignments.person_key = sends.person_key
            and (assignments.campaign_key is null or assignments.campaign_key = sends.campaign_key)
    left join horizons on assignments.experiment = horizons.experiment and horizons.metric = 'human_click'
    where
        sends.first_human_click_at >= assignments.assigned_at
        and sends.first_human_click_at
        <= {{ plus_days('assignments.assigned_at', metric_days("'human_click'", 'horizons')) }}

),

steps as (

    select distinct
        assignments.experiment,
        assignments.person_key,
        lineage.counts_as as metric
    from assignments
    inner join micro_conversions
        on
            assignments.person_key = micro_conversions.person_key
            and micro_conversions.occurred_at >= assignments.assigned_at
            and micro_conversions.occurred_at <= {{ plus_days('assignments.assigned_at', var('experiment_outcome_days')) }}
    inner join lineage on micro_conversions.micro_conversion = lineage.micro_conversion
    left join horizons on assignments.experiment = horizons.experiment and lineage.counts_as = horizons.metric
    where
        micro_conversions.occurred_at
        <= {{ plus_days('assignments.assigned_at', metric_days('lineage.counts_as', 'horizons')) }}

),

orders as (

    select
        assignments.experiment,
        assignments.person_key,
        count(case when macro_conversions.is_order then 1 end) as orders,
        {{ unconverted_orders('macro_conversions.net_revenue', 'macro_conversions.is_order') }} as unconverted_orders,
        cast(sum(coalesce(macro_conversions.net_revenue, 0)) as double) as revenue
    from assignments
    inner join macro_conversions
        on
            assignments.person_key = macro_conversions.person_key
            and macro_conversions.occurred_at >= assignments.assigned_at
            and macro_conversions.occurred_at <= {{ plus_days('assignments.assigned_at', var('experiment_outcome_days')) }}
    left join horizons on assignments.experiment = horizons.experiment and horizons.metric = 'conversion'
    where
        macro_conversions.occurred_at
        <= {{ plus_days('assignments.assigned_at', metric_days("'conversion'", 'horizons')) }}
    group by assignments.experiment, assignments.person_key

),

guardrails as (

    select distinct
        assignments.experiment,
        assignments.person_key,
        cast(exits.reason as string) as metric
    from assignments
    inner join exits
        on
            assignments.person_key = exits.person_key
            and exits.exited_at >= assignments.assigned_at
            and exits.exited_at <= {{ plus_days('assignments.assigned_at', var('experiment_outcome_days')) }}
    left join horizons
        on assignments.experiment = horizons.experiment and cast(exits.reason as string) = horizons.metric
    where
        exits.reason in ('unsubscribe', 'spam_complaint')
        and exits.exited_at <= {{ plus_days('assignments.assigned_at', metric_days('exits.reason', 'horizons')) }}

)

select
    experiment,
    person_key,
    metric,
    1.0 as value,
    0 as orders,
    0 as unconverted_orders
from clicks
union all
select
    experiment,
    person_key,
    metric,
    1.0,
    0,
    0
from steps
union all
select
    experiment,
    person_key,
    'conversion',
    1.0,
    0,
    0
from orders
union all
select
    experiment,
    person_key,
    'net_revenue',
    revenue,
    orders,
    unconverted_orders
from orders
union all
select
    experiment,
    person_key,
    metric,
    1.0,
    0,
    0
from guardrails
