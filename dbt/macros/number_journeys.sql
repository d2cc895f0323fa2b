{#-
    Journeys: the acts of one person from their first act, or from the first after a macro-conversion, to the next
    macro-conversion or the censoring time. `acts` needs person_key, occurred_at, event_rank, event_id and
    ends_journey; all its columns pass through, with journey_id (hash of the entry event), is_entry and
    act_position (one ascending number over all persons).
-#}
{% macro number_journeys(acts) -%}
    {{ return(adapter.dispatch('number_journeys', 'milepost')(acts)) }}
{%- endmacro %}


{#- One sort and windows over the whole stream, as in `sessionize`. -#}
{% macro duckdb__number_journeys(acts) -%}
    with ordered as (
        select *
        from {{ acts }}
        order by person_key, occurred_at, event_rank, event_id
    ),

    positioned as (
        select
            *,
            row_number() over () as act_position,
            lag(person_key) over () is distinct from person_key or lag(ends_journey) over () as is_entry
        from ordered
    )

    select
        *,
        arg_max(
            case when is_entry then {{ stable_key(["'journey'", 'event_id']) }} end, act_position
        ) filter (where is_entry) over (rows unbounded preceding) as journey_id
    from positioned
{%- endmacro %}
