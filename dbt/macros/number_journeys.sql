{#-
    Journeys: the acts of one person from their first act, or from the first after a macro-conversion, to the next
    macro-conversion or the censoring time. `acts` needs person_key, occurred_at, event_rank, event_id and
    ends_journey; all its columns pass through, with journey_id (hash of the entry event), is_entry and
    act_position (from 1 within the person). `is_physically_ordered` and `guard`: see stored_order.sql.
-#}
{% macro number_journeys(acts, is_physically_ordered=false, guard=true) -%}
    {{ return(adapter.dispatch('number_journeys', 'milepost')(acts, is_physically_ordered, guard)) }}
{%- endmacro %}


{% macro duckdb__number_journeys(acts, is_physically_ordered, guard) -%}
    with ordered as (
        {{ milepost.acts_in_order(acts, is_physically_ordered) }}
    ),

    followed as (
        select
            *,
            row_number() over () as stream_position,
            lag(person_key) over () as previous_person_key,
            lag(ends_journey) over () as previous_ends_journey,
            {{ milepost.previous_order() }}
        from ordered
    ),

    entered as (
        select
            *,
            previous_person_key is distinct from person_key as is_first_act,
            previous_person_key is distinct from person_key or previous_ends_journey as is_entry
        from followed
    ),

    numbered as (
        select
            *,
            stream_position - {{ milepost.carried_forward('stream_position', 'is_first_act') }} + 1 as act_position,
            {{ milepost.carried_forward(milepost.stable_key(["'journey'", 'event_id']), 'is_entry') }} as journey_id
        from entered
    )

    select * exclude (
        stream_position, is_first_act,
        previous_person_key, previous_ends_journey, previous_occurred_at, previous_event_rank, previous_event_id
    )
    from numbered
    {%- if guard %}
    where {{ milepost.follows_physical_order() }}
    {%- endif %}
{%- endmacro %}
