{#-
    A day of activity as an act, so that the physical order of the days is guarded as that of the acts is; read from the table by each
    grain, as the order of a CTE that is read twice is not guaranteed.
-#}
{%- set acts -%}
(select person_key, cast(day as timestamp) as occurred_at, 0 as event_rank, 0 as event_id from {{ ref('int_person_days') }} where activities > 0)
{%- endset -%}
with

person_days as (

    select * from {{ ref('int_person_days') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

-- Periods begin as long as any source reports; they are over when all that report acts have got so far.
watermark as (

    select
        cast(watermark_at as date) as last_day,
        {{ outcome_watermark('activity') }} as activity_known_until
    from {{ ref('int_data_watermark') }}

),

-- What separates the persons of one cohort: who was known at the first activity, and who may have existed before.
persons as (

    select distinct
        person_days.person_key,
        person_days.is_known,
        left_truncated_persons.person_key is not null as is_left_truncated
    from person_days
    left join left_truncated_persons on person_days.person_key = left_truncated_persons.person_key

),

person_days_with_origin as (

    select
        person_days.*,
        persons.is_left_truncated
    from person_days
    inner join persons on person_days.person_key = persons.person_key

),

{%- for grain in ['week', 'month'] %}

{{ grain }}_masks as (

    -- The linter's parser does not know window frames without an order.
    {{ active_periods(acts, grain, is_physically_ordered=true) }} -- noqa: PRS

),

{{ grain }}_masks_with_origin as (

    select
        masks.*,
        persons.is_known,
        persons.is_left_truncated
    from {{ grain }}_masks as masks
    inner join persons on masks.person_key = persons.person_key

),

{{ grain }}_retention as (

    {{ retention(grain ~ '_masks_with_origin', by=['is_known', 'is_left_truncated']) }}

),

{{ grain }}_outcomes as (

    select
        is_known,
        is_left_truncated,
        {{ period_start(grain, 'first_day') }} as cohort_start,
        {{ periods_between(grain, period_start(grain, 'first_day'), period_start(grain, 'day')) }} as period_number,
        sum(micro_conversions) as micro_conversions,
        sum(macro_conversions) as macro_conversions,
        count(case when has_first_conversion then 1 end) as new_converters,
        sum(orders) as orders,
        sum(revenue) as revenue,
        sum(refunds) as refunds,
        sum(unconverted_orders) as unconverted_orders
    from person_days_with_origin
    group by
        is_known,
        is_left_truncated,
        {{ period_start(grain, 'first_day') }},
        {{ periods_between(grain, period_start(grain, 'first_day'), period_start(grain, 'day')) }}

),

-- Every person of a cohort was active in its first period.
{{ grain }}_cohorts as (

    select
        is_known,
        is_left_truncated,
        cohort_start,
        active as cohort_size
    from {{ grain }}_retention
    where period_number = 0

),

{{ grain }}_numbers as (

    select numbers.number as period_number
    from {{ whole_numbers(
        "(select max(" ~ periods_between(grain, 'cohorts.cohort_start', period_start(grain, 'watermark.last_day'))
        ~ ") from " ~ grain ~ "_cohorts as cohorts cross join watermark)"
    ) }} as numbers

),

{{ grain }}_grid as (

    select
        '{{ grain }}' as cohort_grain,
        cohorts.is_known,
        cohorts.cohort_start,
        cohorts.is_left_truncated,
        numbers.period_number,
        {{ later_period(grain, 'cohorts.cohort_start', 'numbers.period_number') }} as period_start,
        cohorts.cohort_size,
        {{ later_period(grain, 'cohorts.cohort_start', 'numbers.period_number') }} <= watermark.last_day as has_begun,
        coalesce(
            {{ later_period(grain, 'cohorts.cohort_start', 'numbers.period_number + 1') }} <= watermark.activity_known_until, false
        ) as is_mature,
        coalesce(retention.active, 0) as active,
        coalesce(outcomes.micro_conversions, 0) as micro_conversions,
        coalesce(outcomes.macro_conversions, 0) as macro_conversions,
        coalesce(outcomes.new_converters, 0) as new_converters,
        coalesce(outcomes.orders, 0) as orders,
        coalesce(outcomes.revenue, 0) as revenue,
        coalesce(outcomes.refunds, 0) as refunds,
        coalesce(outcomes.unconverted_orders, 0) as unconverted_orders
    from {{ grain }}_cohorts as cohorts
    cross join {{ grain }}_numbers as numbers
    cross join watermark
    left join {{ grain }}_retention as retention
        on
            cohorts.cohort_start = retention.cohort_start
            and cohorts.is_known = retention.is_known
            and cohorts.is_left_truncated = retention.is_left_truncated
            and numbers.period_number = retention.period_number
    left join {{ grain }}_outcomes as outcomes
        on
            cohorts.cohort_start = outcomes.cohort_start
            and cohorts.is_known = outcomes.is_known
            and cohorts.is_left_truncated = outcomes.is_left_truncated
            and numbers.period_number = outcomes.period_number

),
{%- endfor %}

grid as (

    select * from week_grid
    union all
    select * from month_grid

),

grid_with_totals as (

    select
        *,
        sum(macro_conversions) over to_date as cumulative_conversions,
        sum(new_converters) over to_date as cumulative_converters,
        sum(orders) over to_date as cumulative_orders,
        sum(revenue) over to_date as cumulative_revenue,
        sum(revenue - refunds) over to_date as cumulative_net_revenue,
        sum(unconverted_orders) over to_date as cumulative_unconverted_orders
    from grid
    window to_date as (
        partition by cohort_grain, is_known, cohort_start, is_left_truncated order by period_number
        rows between unbounded preceding and current row
    )

)

-- The right triangle is masked: a period that has not begun is unknown, not zero.
select
    cohort_grain,
    {{ person_population('is_known') }} as person_population,
    cohort_start,
    is_left_truncated,
    period_number,
    period_start,
    cohort_size,
    is_mature,
    case when has_begun then active end as active,
    case when has_begun then micro_conversions end as micro_conversions,
    case when has_begun then macro_conversions end as macro_conversions,
    case when has_begun then cumulative_conversions end as cumulative_conversions,
    case when has_begun then cumulative_converters end as cumulative_converters,
    -- Null where there were orders and none could be converted.
    cast(case
        when has_begun and (cumulative_orders = 0 or cumulative_unconverted_orders < cumulative_orders) then cumulative_revenue
    end as decimal(38, 4)) as cumulative_revenue,
    cast(case
        when has_begun and (cumulative_orders = 0 or cumulative_unconverted_orders < cumulative_orders) then cumulative_net_revenue
    end as decimal(38, 4)) as cumulative_net_revenue,
    case when has_begun then cumulative_unconverted_orders end as cumulative_unconverted_orders
from grid_with_totals
