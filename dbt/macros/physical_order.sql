{#-
    Acts in stored order: every person's rows together, in the order occurred_at, event_rank, event_id; persons in any
    order, as an incremental run deletes the affected and appends them. Read so, `lag`, `lead` and `last_value` need
    neither partition nor order: at 20 million acts that takes a tenth of the processor time of `partition by`, which
    does not notice that its rows are sorted. It holds for a table read through filters and projections, not through
    a join or a CTE that is read twice, and while preserve_insertion_order is set, as it is by default.

    The macros below are the parts of the `duckdb__` formulations; on other engines nothing promises such an order.
-#}


{#-
    The acts as they are stored, or sorted first, of the persons from `from_key` to before `to_key`; an error where the
    engine may mix their order.
-#}
{% macro acts_in_order(acts, is_physically_ordered, from_key=none, to_key=none) -%}
    select *
    from {{ acts }}
    where
        (
            current_setting('preserve_insertion_order')
            or cast(error('Acts are read in order: set preserve_insertion_order = true.') as boolean)
        )
        {%- if from_key is not none %}
        and person_key >= {{ from_key }}
        {%- endif %}
        {%- if to_key is not none %}
        and person_key < {{ to_key }}
        {%- endif %}
    {%- if not is_physically_ordered %}
    order by person_key, occurred_at, event_rank, event_id
    {%- endif %}
{%- endmacro %}


{#- How a CTE of them is kept: sorted once, or read from the table as often as asked, cheaper than a copy. -#}
{% macro kept(is_physically_ordered) -%}
    {{ 'not materialized' if is_physically_ordered else 'materialized' }}
{%- endmacro %}


{#- What the guard compares, beside previous_person_key. -#}
{% macro previous_order() -%}
    lag(occurred_at) over () as previous_occurred_at,
    lag(event_rank) over () as previous_event_rank,
    lag(event_id) over () as previous_event_id
{%- endmacro %}


{#-
    The order guard, a condition for `where`: true, or an error that names the act that came before its time. It sees
    a person's rows in a wrong order, not a person stored in two places: that is `persons_not_contiguous`. Most acts pass
    by the first comparison, so it costs 0.2 s at 20 million. `guard=false` spares it where the test of the store has
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


{#-
    Persons of a relation whose rows stand in more than one place; none should. Only the first rows of runs are
    grouped, which takes less than half the time of `count(distinct person_key)`.
-#}
{% macro persons_not_contiguous(acts) -%}
    {{ return(adapter.dispatch('persons_not_contiguous', 'milepost')(acts)) }}
{%- endmacro %}

{% macro duckdb__persons_not_contiguous(acts) -%}
    with followed as (
        select
            person_key,
            lag(person_key) over () as previous_person_key
        from {{ acts }}
    )

    select
        person_key,
        count(*) as places
    from followed
    where previous_person_key is distinct from person_key
    group by person_key
    having count(*) > 1
{%- endmacro %}


{#- Acts of a relation that are stored before an act of the same person which they should follow; none should. -#}
{% macro acts_out_of_physical_order(acts) -%}
    {{ return(adapter.dispatch('acts_out_of_physical_order', 'milepost')(acts)) }}
{%- endmacro %}

{% macro duckdb__acts_out_of_physical_order(acts) -%}
    with followed as (
        select
            person_key,
            occurred_at,
            event_rank,
            event_id,
            lag(person_key) over () as previous_person_key,
            {{ milepost.previous_order() }}
        from {{ acts }}
    )

    select *
    from followed
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
