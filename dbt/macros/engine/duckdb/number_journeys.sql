{% macro duckdb__number_journeys(acts, is_physically_ordered, guard) -%}
    with ordered_acts as (
        {{ milepost.acts_in_order(acts, is_physically_ordered) }}
    ),

    acts_with_previous as (
        select
            *,
            row_number() over () as stream_position,
            lag(person_key) over () as previous_person_key,
            lag(ends_journey) over () as previous_ends_journey,
            {{ milepost.previous_order() }}
        from ordered_acts
    ),

    acts_with_entry as (
        select
            *,
            previous_person_key is distinct from person_key as is_first_act,
            previous_person_key is distinct from person_key or previous_ends_journey as is_entry
        from acts_with_previous
    ),

    numbered_acts as (
        select
            *,
            stream_position - {{ milepost.carried_forward('stream_position', 'is_first_act') }} + 1 as act_position,
            {{ milepost.carried_forward('is_first_act', 'is_entry') }} as is_first_journey,
            {{ milepost.carried_forward(milepost.stable_key(["'journey'", 'event_id']), 'is_entry') }} as journey_id
        from acts_with_entry
    )

    select * exclude (
        stream_position, is_first_act,
        previous_person_key, previous_ends_journey, previous_occurred_at, previous_event_rank, previous_event_id
    )
    from numbered_acts
    {%- if guard %}
    where {{ milepost.follows_physical_order() }}
    {%- endif %}
{%- endmacro %}
