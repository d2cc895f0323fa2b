{#-
    Parts of the formulations that read acts in physical order (see definitions/physical_order.sql). Read so, `lag`, `lead`
    and `last_value` need neither partition nor order: at 20 million acts that takes a tenth of the processor time of
    `partition by`, which does not notice that its rows are sorted. It holds for a table read through filters and
    projections, not through a join or a CTE that is read twice, and while preserve_insertion_order is set, as it is by
    default.
-#}


{#- A condition for `where`: true, or an error where the engine may mix the order of the rows it reads. -#}
{% macro insertion_order_is_preserved() -%}
    (
        current_setting('preserve_insertion_order')
        or cast(error('Acts are read in order: set preserve_insertion_order = true.') as boolean)
    )
{%- endmacro %}


{#- The acts as they are stored, or sorted first. -#}
{% macro acts_in_order(acts, is_physically_ordered) -%}
    select *
    from {{ acts }}
    where {{ milepost.insertion_order_is_preserved() }}
    {%- if not is_physically_ordered %}
    order by person_key, occurred_at, event_rank, event_id
    {%- endif %}
{%- endmacro %}


{#- A CTE of them is sorted once, or read from the table as often as it is referenced: cheaper than a copy. -#}
{% macro acts_materialization(is_physically_ordered) -%}
    {{ 'not materialized' if is_physically_ordered else 'materialized' }}
{%- endmacro %}


{#- What the order guard compares, besides previous_person_key. -#}
{% macro previous_order() -%}
    lag(occurred_at) over () as previous_occurred_at,
    lag(event_rank) over () as previous_event_rank,
    lag(event_id) over () as previous_event_id
{%- endmacro %}


{#-
    The order guard, a condition for `where`: true, or an error that names the act that came before its time. It sees
    a person's rows in a wrong order, not a person stored in two places: that is `persons_not_contiguous`. Most acts pass
    by the first comparison, so it costs 0.2 s at 20 million. `guard=false` spares it where the test of the table has
    just passed, as it has for the models that `dbt build` builds after it.
-#}
{% macro follows_physical_order() -%}
    case
        when occurred_at > previous_occurred_at then true
        when previous_person_key is distinct from person_key then true
        when
            occurred_at = previous_occurred_at
            and (event_rank > previous_event_rank or (event_rank = previous_event_rank and event_id >= previous_event_id))
            then true
        else cast(error(
            'Event ' || event_id || ' of person ' || person_key || ' is stored out of order, after event '
            || previous_event_id || ': store acts by person_key, occurred_at, event_rank, event_id.'
        ) as boolean)
    end
{%- endmacro %}


{#-
    The value at the latest row, this one included, where the condition held: null before the first. As `last_value`
    it costs 0.1 s at 20 million rows, as `arg_max` 0.8, as a running `max` or `sum` 1.2.
-#}
{% macro carried_forward(value, condition) -%}
    last_value(case when {{ condition }} then {{ value }} end ignore nulls)
        over (rows between unbounded preceding and current row)
{%- endmacro %}


{#- Only the first rows of runs are grouped, which takes less than half the time of `count(distinct person_key)`. -#}
{% macro duckdb__persons_not_contiguous(acts) -%}
    with acts_with_previous as (
        select
            person_key,
            lag(person_key) over () as previous_person_key
        from {{ acts }}
    )

    select
        person_key,
        count(*) as places
    from acts_with_previous
    where previous_person_key is distinct from person_key
    group by person_key
    having count(*) > 1
{%- endmacro %}


{% macro duckdb__acts_out_of_physical_order(acts) -%}
    with acts_with_previous as (
        select
            person_key,
            occurred_at,
            event_rank,
            event_id,
            lag(person_key) over () as previous_person_key,
            {{ milepost.previous_order() }}
        from {{ acts }}
    )

    select
        person_key,
        occurred_at,
        event_rank,
        event_id
    from acts_with_previous
    where
        person_key = previous_person_key
        and (
            occurred_at < previous_occurred_at
            or (
                occurred_at = previous_occurred_at
                and (
                    event_rank < previous_event_rank
                    or (event_rank = previous_event_rank and event_id < previous_event_id)
                )
            )
        )
{%- endmacro %}
