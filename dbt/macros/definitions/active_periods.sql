{#-
    Retention: in which calendar weeks or months a person was active, counted from the person's first.

    `active_periods` needs person_key, occurred_at and for its guard event_rank and event_id, and gives person_key,
    cohort_start (first day of the first period), block and periods: bit k of `periods` is set when the person was
    active in period 63 * block + k after the first. One row per person and block, a block being 63 periods, so that a
    mask is a plain bigint and its bits never run out; `bit_count(periods)` is in how many the person was active.
    `retention` takes those rows and gives cohort_start, period_number and active, the persons active in that period, for
    each combination of the columns `by` that the rows have besides.
    `grain` is 'week' or 'month'; `is_physically_ordered` and `guard`: see physical_order.sql.
-#}
{% macro active_periods(acts, grain='week', is_physically_ordered=false, guard=true) -%}
    {{ return(adapter.dispatch('active_periods', 'milepost')(acts, grain, is_physically_ordered, guard)) }}
{%- endmacro %}


{#- A Monday that begins no month, and a first of a month, from which periods are counted. -#}
{% macro first_period_of_all(grain) -%}
    {{ "date '1970-01-05'" if grain == 'week' else "date '1970-01-01'" }}
{%- endmacro %}


{% macro default__active_periods(acts, grain, is_physically_ordered, guard) -%}
    {%- set origin = milepost.first_period_of_all(grain) -%}
    with person_periods as (
        select distinct
            person_key,
            {{ milepost.periods_between(grain, origin, 'cast(occurred_at as date)') }} as period
        from {{ acts }}
    ),

    first_periods as (
        select
            person_key,
            min(period) as first_period
        from person_periods
        group by person_key
    ),

    periods_since_first as (
        select
            person_periods.person_key,
            first_periods.first_period,
            cast(floor((person_periods.period - first_periods.first_period) / 63) as integer) as block,
            cast(mod(person_periods.period - first_periods.first_period, 63) as integer) as bit
        from person_periods
        inner join first_periods on person_periods.person_key = first_periods.person_key
    )

    select
        person_key,
        {{ milepost.later_period(grain, origin, 'first_period') }} as cohort_start,
        block,
        bit_or(cast(1 as bigint) << bit) as periods
    from periods_since_first
    group by person_key, first_period, block
{%- endmacro %}


{% macro retention(active_periods, by=[]) -%}
    {{ return(adapter.dispatch('retention', 'milepost')(active_periods, by)) }}
{%- endmacro %}


{% macro default__retention(active_periods, by) -%}
    select
        {% for column in by %}masks.{{ column }}, {% endfor %}masks.cohort_start,
        63 * masks.block + bits.number as period_number,
        count(*) as active
    from {{ active_periods }} as masks
    cross join {{ milepost.whole_numbers(62) }} as bits
    where (masks.periods >> cast(bits.number as integer)) & 1 = 1
    group by {% for column in by %}masks.{{ column }}, {% endfor %}masks.cohort_start, 63 * masks.block + bits.number
{%- endmacro %}
