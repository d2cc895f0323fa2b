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

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}

),

horizons as (

    select * from {{ ref('int_experiment_horizons') }}

),

-- What decides and what must not suffer is shown where no one did it, too.
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

-- Each metric is known until when its own reporters are: clicks do not wait for a shop that lags, nor orders hide theirs.
measured_until as (

    select
        measured.experiment,
        measured.metric,
        {{ metric_days('measured.metric', 'horizons') }} as horizon_days,
        coalesce(horizons.horizon_basis, 'fixed: too few earlier responses') as horizon_basis,
        coalesce(horizons.responses, 0) as horizon_responses,
        coalesce(watermarks.watermark_at, timestamp '{{ var("earliest_time") }}') as watermark_at,
        watermarks.known_from
    from measured
    left join watermarks
        on
            {{ metric_outcome_type('measured.metric') }} = watermarks.outcome_type
            and {{ metric_outcome('measured.metric') }} = watermarks.outcome
    left join horizons on measured.experiment = horizons.experiment and measured.metric = horizons.metric

),

values_by_person as (

    select
        arms.experiment,
        arms.variant,
        history.person_key,
        measured_until.metric,
        measured_until.horizon_days,
        case when arms.is_over_time then 'fixed: not a mailing' else measured_until.horizon_basis end as horizon_basis,
        measured_until.horizon_responses,
        measured_until.watermark_at,
        history.clicks_before as x,
        coalesce(metrics.orders, 0) as orders,
        coalesce(metrics.unconverted_orders, 0) as unconverted_orders,
        case when measured_until.metric = 'net_revenue' then least(coalesce(metrics.value, 0), coalesce(caps.cap, 0))
            else coalesce(metrics.value, 0)
        end as y,
        {{ exposure_is_mature(
            'history.assigned_at', 'measured_until.horizon_days', 'measured_until.watermark_at', 'measured_until.known_from'
        ) }} as is_mature
    from arms
    inner join measured_until on arms.experiment = measured_until.experiment
    left join history on arms.experiment = history.experiment and arms.variant = history.variant
    left join metrics
        on
            history.experiment = metrics.experiment
            and history.person_key = metrics.person_key
            and measured_until.metric = metrics.metric
    left join caps on arms.experiment = caps.experiment

)

select
    experiment,
    variant,
    metric,
    max(horizon_days) as horizon_days,
    max(horizon_basis) as horizon_basis,
    max(horizon_responses) as horizon_responses,
    max(watermark_at) as watermark_at,
    count(person_key) as persons,
    count(case when is_mature then 1 end) as mature_persons,
    cast(sum(case when is_mature then orders else 0 end) as bigint) as orders,
    cast(sum(case when is_mature then unconverted_orders else 0 end) as bigint) as unconverted_orders,
    {{ exact_sum('case when is_mature then y else 0 end') }} as sum_y,
    {{ exact_sum('case when is_mature then y * y else 0 end') }} as sum_yy,
    sum(case when is_mature then x else 0 end) as sum_x,
    sum(case when is_mature then x * x else 0 end) as sum_xx,
    {{ exact_sum('case when is_mature then x * y else 0 end') }} as sum_xy
from values_by_person
group by experiment, variant, metric
