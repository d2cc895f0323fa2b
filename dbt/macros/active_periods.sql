{#-
    Retention: in which calendar weeks or months a person was active, counted from the person's first.

    `active_periods` needs person_key, occurred_at and for its guard event_rank and event_id, and gives person_key,
    cohort_start (first day of the first period), block and periods: bit k of `periods` is set when the person was
    active in period 63 * block + k after the first. One row per person and block, a block being 63 periods, so that a
    mask is a plain bigint and its bits never run out; `bit_count(periods)` is in how many the person was active.
    `retention` takes those rows and gives cohort_start, period_number and active, the persons active in that period.
    `grain` is 'week' or 'month'; `is_physically_ordered` and `guard`: see stored_order.sql.
-#}
{% macro active_periods(acts, grain='week', is_physically_ordered=false, guard=true) -%}
    {{ return(adapter.dispatch('active_periods', 'milepost')(acts, grain, is_physically_ordered, guard)) }}
{%- endmacro %}


{#- A Monday that begins no month, and a first of a month, from which periods are counted. -#}
{% macro first_period_of_all(grain) -%}
    {{ "date '1970-01-05'" if grain == 'week' else "date '1970-01-01'" }}
{%- endmacro %}


{#-
    Stored in order, only the acts that begin a period are grouped, a fifth of all in a store of weekly visitors: at 20
    million acts a fifth of the processor time of `count(distinct person_key)` by cohort and period.
-#}
{% macro duckdb__active_periods(acts, grain, is_physically_ordered, guard) -%}
    {%- set origin = milepost.first_period_of_all(grain) -%}
    {%- if is_physically_ordered %}
    with ordered as (
        {{ milepost.acts_in_order(acts, true) }}
    ),

    followed as (
        select
            *,
            lag(person_key) over () as previous_person_key,
            {{ milepost.periods_between(grain, origin, 'cast(occurred_at as date)') }} as period
            {%- if guard %},
            {{ milepost.previous_order() }}
            {%- endif %}
        from ordered
    ),

    compared as (
        select
            *,
            previous_person_key is distinct from person_key as is_first,
            lag(period) over () is distinct from period as is_new
        from followed
        {%- if guard %}
        where {{ milepost.follows_physical_order() }}
        {%- endif %}
    ),

    begun as (
        select
            person_key,
            period,
            {{ milepost.carried_forward('period', 'is_first') }} as first_period
        from compared
        where is_first or is_new
    ),
    {%- else %}
    with periods as (
        select distinct
            person_key,
            {{ milepost.periods_between(grain, origin, 'cast(occurred_at as date)') }} as period
        from {{ acts }}
    ),

    begun as (
        select
            person_key,
            period,
            min(period) over (partition by person_key) as first_period
        from periods
    ),
    {%- endif %}

    masked as (
        select
            person_key,
            any_value(first_period) as first_period,
            cast((period - first_period) // 63 as integer) as block,
            bit_or(cast(1 as bigint) << ((period - first_period) % 63)) as periods
        from begun
        group by person_key, (period - first_period) // 63
    )

    select
        person_key,
        {{ milepost.later_period(grain, origin, 'first_period') }} as cohort_start,
        block,
        periods
    from masked
{%- endmacro %}


{% macro retention(active_periods) -%}
    {{ return(adapter.dispatch('retention', 'milepost')(active_periods)) }}
{%- endmacro %}


{#- Few persons' masks differ, so the bits are taken apart once per mask, not once per person. -#}
{% macro duckdb__retention(active_periods) -%}
    with patterns as (
        select
            cohort_start,
            block,
            periods,
            count(*) as persons
        from {{ active_periods }}
        group by cohort_start, block, periods
    )

    select
        patterns.cohort_start,
        63 * patterns.block + bits.bit as period_number,
        cast(sum(patterns.persons) as bigint) as active
    from patterns
    cross join (select unnest(range(63)) as bit) as bits
    where (patterns.periods >> bits.bit) & 1 = 1
    group by patterns.cohort_start, 63 * patterns.block + bits.bit
{%- endmacro %}
