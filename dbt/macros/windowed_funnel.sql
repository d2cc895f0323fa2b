{#-
    How far each person came in a funnel of which all steps must fall within `window_seconds` of the first: what
    ClickHouse calls `windowFunnel` in its default mode, with other acts allowed in between.

    `acts` needs person_key, occurred_at, event_rank and event_id; `steps` are conditions on its columns, first step
    first. Gives person_key and level, the number of steps reached in the best of the person's attempts, one row per
    person, 0 for who took no first step. An act serves one step, so a step follows an earlier act. Acts of the same
    instant stand in the order of event_rank and event_id; ClickHouse sorts them by step.
    `is_physically_ordered` and `guard`: see stored_order.sql; `split_at`: person keys, rising, at which one reading ends
    and the next begins, each on a core of its own.
-#}
{% macro windowed_funnel(acts, steps, window_seconds, is_physically_ordered=false, guard=true, split_at=[]) -%}
    {{ return(adapter.dispatch('windowed_funnel', 'milepost')(
        acts, steps, window_seconds, is_physically_ordered, guard, split_at
    )) }}
{%- endmacro %}


{#-
    Windows without partitions read on one core. Rows in the order of persons are cut where they lie; with persons in
    any order a cut still holds, and every reading passes over all rows.
-#}
{% macro duckdb__windowed_funnel(acts, steps, window_seconds, is_physically_ordered, guard, split_at) -%}
    {%- for number in range(split_at | length + 1) %}
    {%- set from_key = split_at[number - 1] if number else none %}
    {%- set to_key = split_at[number] if number < split_at | length else none %}
    {%- if number %}

    union all

    {% endif -%}
    (
        {{ milepost.duckdb__windowed_funnel_of(acts, steps, window_seconds, is_physically_ordered, guard, from_key, to_key) }}
    )
    {%- endfor %}
{%- endmacro %}


{#-
    One reading: every step carries the start of the latest attempt that came so far, -1 when the person has none. A
    later start is never worse than an earlier one, so one per step is enough. The person's last act knows the level.
-#}
{% macro duckdb__windowed_funnel_of(acts, steps, window_seconds, is_physically_ordered, guard, from_key, to_key) -%}
    {%- set window = (window_seconds * 1000000) | int -%}
    with ordered as (
        {{ milepost.acts_in_order(acts, is_physically_ordered, from_key, to_key) }}
    ),

    followed as (
        select
            *,
            lag(person_key) over () as previous_person_key,
            lead(person_key) over () is distinct from person_key as is_last,
            {{ milepost.previous_order() }}
        from ordered
    ),

    -- The guard comes first, so that what it compares is not dragged through the steps.
    guarded as (
        select
            *,
            epoch_us(occurred_at) as instant,
            previous_person_key is distinct from person_key as is_first
        from followed
        {%- if guard %}
        where {{ milepost.follows_physical_order() }}
        {%- endif %}
    ),

    step_1 as (
        select
            *,
            last_value(case when {{ steps[0] }} then instant when is_first then -1 end ignore nulls)
                over (rows between unbounded preceding and current row) as began_1
        from guarded
    )
    {%- for step in steps[1:] %}
    {%- set before = loop.index %},

    before_{{ before + 1 }} as (
        select
            *,
            lag(began_{{ before }}) over () as had_begun_{{ before }}
        from step_{{ before }}
    ),

    step_{{ before + 1 }} as (
        select
            *,
            last_value(
                case
                    when is_first then -1
                    when {{ step }} and had_begun_{{ before }} >= instant - {{ window }}
                        then had_begun_{{ before }}
                end ignore nulls
            ) over (rows between unbounded preceding and current row) as began_{{ before + 1 }}
        from before_{{ before + 1 }}
    )
    {%- endfor %}

    select
        person_key,
        case
            {%- for step in range(steps | length, 0, -1) %}
            when began_{{ step }} >= 0 then {{ step }}
            {%- endfor %}
            else 0
        end as level
    from step_{{ steps | length }}
    where is_last
{%- endmacro %}
