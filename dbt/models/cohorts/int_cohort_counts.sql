{#- What a person's cohort is by, and whether what is read for it keeps the physical order. -#}
{%- set origins = [('first_touch', true), ('first_micro_conversion', false), ('first_purchase', false)] -%}
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

later_cohorts as (

    select * from {{ ref('int_later_cohorts') }}

),

-- Periods begin as long as any source reports; they are over when all that report acts have got so far.
watermark as (

    select
        -- What is declared or was read to be whole may end after the last event.
        cast(greatest(watermark_at, {{ plus_seconds(outcome_watermark('activity'), -1) }}) as date) as last_day,
        {{ outcome_watermark('activity') }} as activity_known_until,
        {{ outcome_known_from('macro_conversion') }} as conversions_known_from
    from {{ ref('int_data_watermark') }}

),

first_touch_days as (

    select
        person_days.*,
        left_truncated_persons.person_key is not null as is_left_truncated
    from person_days
    left join left_truncated_persons on person_days.person_key = left_truncated_persons.person_key

),

-- What separates the persons of one cohort: who was known at its beginning, and who may have existed before.
first_touch_persons as (

    select distinct
        person_key,
        is_known,
        is_left_truncated
    from first_touch_days

),

{%- for origin, _ in origins[1:] %}

{{ origin }}_persons as (

    select *
    from later_cohorts
    where cohort_by = '{{ origin }}'

),

{{ origin }}_days as (

    select
        person_days.person_key,
        person_days.day,
        persons.first_day,
        persons.is_known,
        case when person_days.day = persons.first_day then 1 else person_days.activities end as activities,
        person_days.micro_conversions,
        person_days.macro_conversions,
        person_days.orders,
        person_days.revenue,
        person_days.refunds,
        person_days.unconverted_orders,
        coalesce(person_days.day = persons.converted_on, false) as has_first_conversion,
        persons.is_left_truncated
    from {{ origin }}_persons as persons
    inner join person_days on persons.person_key = person_days.person_key and persons.first_day <= person_days.day

),
{%- endfor %}

{%- for origin, is_ordered in origins %}
{%- for grain in ['week', 'month'] %}
{%- set prefix = origin ~ '_' ~ grain -%}
{%- set origin_acts -%}
{{ acts if is_ordered else "(select person_key, cast(day as timestamp) as occurred_at from " ~ origin ~ "_days where activities > 0)" }}
{%- endset %}

{{ prefix }}_masks as (

    -- The linter's parser does not know window frames without an order.
    {{ active_periods(origin_acts, grain, is_physically_ordered=is_ordered) }} -- noqa: PRS

),

{{ prefix }}_masks_with_origin as (

    select
        masks.*,
        persons.is_known,
        persons.is_left_truncated
    from {{ prefix }}_masks as masks
    inner join {{ origin }}_persons as persons on masks.person_key = persons.person_key

),

{{ prefix }}_retention as (

    {{ retention(prefix ~ '_masks_with_origin', by=['is_known', 'is_left_truncated']) }}

),

{{ prefix }}_outcomes as (

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
    from {{ origin }}_days
    group by
        is_known,
        is_left_truncated,
        {{ period_start(grain, 'first_day') }},
        {{ periods_between(grain, period_start(grain, 'first_day'), period_start(grain, 'day')) }}

),

-- Every person of a cohort was active in its first period.
{{ prefix }}_cohorts as (

    select
        is_known,
        is_left_truncated,
        cohort_start,
        active as cohort_size
    from {{ prefix }}_retention
    where period_number = 0

),

{{ prefix }}_numbers as (

    select numbers.number as period_number
    from {{ whole_numbers(
        "(select max(" ~ periods_between(grain, 'cohorts.cohort_start', period_start(grain, 'watermark.last_day'))
        ~ ") from " ~ prefix ~ "_cohorts as cohorts cross join watermark)"
    ) }} as numbers

),

{{ prefix }}_grid as (

    select
        '{{ origin }}' as cohort_by,
        '{{ grain }}' as cohort_grain,
        cohorts.is_known,
        cohorts.cohort_start,
        cohorts.is_left_truncated,
        numbers.period_number,
        {{ later_period(grain, 'cohorts.cohort_start', 'numbers.period_number') }} as period_start,
        cohorts.cohort_size,
        {{ later_period(grain, 'cohorts.cohort_start', 'numbers.period_number') }} <= watermark.last_day as has_begun,
        {{ is_after_begin(
            later_period(grain, 'cohorts.cohort_start', 'numbers.period_number'), 'watermark.conversions_known_from'
        ) }} as has_conversions,
        {{ is_after_begin('cohorts.cohort_start', 'watermark.conversions_known_from') }} as has_all_conversions,
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
    from {{ prefix }}_cohorts as cohorts
    cross join {{ prefix }}_numbers as numbers
    cross join watermark
    left join {{ prefix }}_retention as retention
        on
            cohorts.cohort_start = retention.cohort_start
            and cohorts.is_known = retention.is_known
            and cohorts.is_left_truncated = retention.is_left_truncated
            and numbers.period_number = retention.period_number
    left join {{ prefix }}_outcomes as outcomes
        on
            cohorts.cohort_start = outcomes.cohort_start
            and cohorts.is_known = outcomes.is_known
            and cohorts.is_left_truncated = outcomes.is_left_truncated
            and numbers.period_number = outcomes.period_number

),
{%- endfor %}
{%- endfor %}

grid as (

    {%- for origin, _ in origins %}
    select * from {{ origin }}_week_grid
    union all
    select * from {{ origin }}_month_grid
    {{ 'union all' if not loop.last }}
    {%- endfor %}

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
        partition by cohort_by, cohort_grain, is_known, cohort_start, is_left_truncated order by period_number
        rows between unbounded preceding and current row
    )

)

-- The right triangle is masked: a period that has not begun is unknown, not zero. So are conversions before they were reported.
select
    cohort_by,
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
    case when has_begun and has_conversions then macro_conversions end as macro_conversions,
    case when has_begun and has_all_conversions then cumulative_conversions end as cumulative_conversions,
    case when has_begun and has_all_conversions then cumulative_converters end as cumulative_converters,
    -- Null where there were orders and none could be converted.
    cast(case
        when has_begun and has_all_conversions and (cumulative_orders = 0 or cumulative_unconverted_orders < cumulative_orders)
            then cumulative_revenue
    end as decimal(38, 4)) as cumulative_revenue,
    cast(case
        when has_begun and has_all_conversions and (cumulative_orders = 0 or cumulative_unconverted_orders < cumulative_orders)
            then cumulative_net_revenue
    end as decimal(38, 4)) as cumulative_net_revenue,
    case when has_begun and has_all_conversions then cumulative_unconverted_orders end as cumulative_unconverted_orders,
    -- Also of cohorts that began before conversions were reported: none is lost in between.
    cumulative_conversions as reported_conversions,
    cast(cumulative_revenue as decimal(38, 4)) as reported_revenue
from grid_with_totals
