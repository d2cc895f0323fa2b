{#- Sums of the metric y, of clicks before x, and of their products: what means, variances and CUPED need. -#}
with

history as (

    select * from {{ ref('int_experiment_history') }}

),

metrics as (

    select * from {{ ref('int_experiment_metrics') }}

),

-- Revenue above what 99 of 100 buyers spend is cut there: one order must not decide a test.
caps as (

    select
        experiment,
        percentile_cont({{ var('experiment_revenue_cap') }}) within group (order by value) as cap
    from metrics
    where metric = 'net_revenue' and value > 0
    group by experiment

),

arms as (

    select * from {{ ref('int_experiment_arms') }}

),

-- What decides and what must not suffer is shown where no person did it, too.
measured as (

    select
        experiment,
        metric
    from metrics
    union
    select
        experiment,
        primary_metric
    from arms
    {%- for metric in ['human_click', 'conversion', 'net_revenue', 'unsubscribe', 'spam_complaint'] %}
    union
    select
        experiment,
        '{{ metric }}'
    from arms
    {%- endfor %}

),

values_by_person as (

    select
        history.experiment,
        history.variant,
        measured.metric,
        history.clicks_before as x,
        case when measured.metric = 'net_revenue' then least(coalesce(metrics.value, 0), coalesce(caps.cap, 0))
            else coalesce(metrics.value, 0)
        end as y,
        coalesce({{ plus_days('history.assigned_at', metric_horizon_days('measured.metric')) }}
        <= {{ outcome_watermark('macro_conversion') }}, false) as is_mature
    from history
    inner join measured on history.experiment = measured.experiment
    left join metrics
        on
            history.experiment = metrics.experiment
            and history.person_key = metrics.person_key
            and measured.metric = metrics.metric
    left join caps on history.experiment = caps.experiment

)

select
    experiment,
    variant,
    metric,
    count(*) as persons,
    count(case when is_mature then 1 end) as mature_persons,
    {{ exact_sum('case when is_mature then y else 0 end') }} as sum_y,
    {{ exact_sum('case when is_mature then y * y else 0 end') }} as sum_yy,
    sum(case when is_mature then x else 0 end) as sum_x,
    sum(case when is_mature then x * x else 0 end) as sum_xx,
    {{ exact_sum('case when is_mature then x * y else 0 end') }} as sum_xy
from values_by_person
group by experiment, variant, metric
