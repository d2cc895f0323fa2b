{#-
    Journeys: the acts of one person from their first act, or from the first after a macro-conversion, to the next
    macro-conversion or the censoring time. `acts` needs person_key, occurred_at, event_rank, event_id and
    ends_journey; all its columns pass through, with journey_id (hash of the entry event), is_entry and
    act_position (from 1 within the person).
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

    followed as (
        select
            *,
            row_number() over () as stream_position,
            lag(person_key) over () as previous_person_key,
            lag(ends_journey) over () as previous_ends_journey
        from ordered
    ),

    positioned as (
        select
            * exclude (previous_person_key, previous_ends_journey),
            previous_person_key is distinct from person_key as is_first_act,
            previous_person_key is distinct from person_key or previous_ends_journey as is_entry
        from followed
    )

    select
        * exclude (stream_position, is_first_act),
        stream_position - max(case when is_first_act then stream_position end)
            over (rows between unbounded preceding and current row) + 1 as act_position,
        arg_max(
            case when is_entry then {{ stable_key(["'journey'", 'event_id']) }} end, stream_position
        ) filter (where is_entry) over (rows between unbounded preceding and current row) as journey_id
    from positioned
{%- endmacro %}
