{#- The sort that gives the physical order numbers the instants on the way: partitions would be another sort. -#}
{% macro duckdb__place_simultaneous_events(events) -%}
    with sorted_events as (
        select *
        from {{ events }}
        where {{ milepost.insertion_order_is_preserved() }}
        order by person_key, occurred_at, event_rank, source, coalesce(source_position, 0), event_id
    ),

    events_with_previous as (
        select
            *,
            row_number() over () as position,
            lag(person_key) over () is distinct from person_key
            or lag(occurred_at) over () is distinct from occurred_at as begins_instant
        from sorted_events
    )

    select
        * exclude (position, begins_instant),
        position - {{ milepost.carried_forward('position', 'begins_instant') }} + 1 as place_in_instant
    from events_with_previous
{%- endmacro %}
