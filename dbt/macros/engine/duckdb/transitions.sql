{#- One reading of the physical order: at 20 million acts a tenth of the processor time of `partition by`. -#}
{% macro duckdb__transitions(acts, previous, following, numbered_within, is_physically_ordered, guard) -%}
    with ordered_acts as (
        {{ milepost.acts_in_order(acts, is_physically_ordered) }}
    ),

    acts_with_neighbours as (
        select
            *,
            -- No person has key -1: comparing with null below would take a sixth more processor time.
            lag(person_key, 1, -1) over () as previous_person_key
            {%- if guard %},
            {{ milepost.previous_order() }}
            {%- endif %}
            {%- if following %},
            lead(person_key) over () as next_person_key
            {%- endif %}
            {%- if numbered_within %},
            row_number() over () as position
            {%- endif %}
            {%- for column in previous %},
            lag({{ column }}) over () as before_{{ column }}
            {%- endfor %}
            {%- for column in following %},
            lead({{ column }}) over () as after_{{ column }}
            {%- endfor %}
            {%- for column in numbered_within %},
            lag(person_key) over () is distinct from person_key
            or lag({{ column }}) over () is distinct from {{ column }} as begins_{{ column }}
            {%- endfor %}
        from ordered_acts
    ),

    numbered_acts as (
        select
            *
            {%- for column in numbered_within %},
            position - {{ milepost.carried_forward('position', 'begins_' ~ column) }} + 1 as run_number_in_{{ column }}
            {%- endfor %}
        from acts_with_neighbours
        {%- if guard %}
        where {{ milepost.follows_physical_order() }}
        {%- endif %}
    )

    select
        * exclude (
            previous_person_key
            {%- if guard %}, previous_occurred_at, previous_event_rank, previous_event_id{% endif %}
            {%- if following %}, next_person_key{% endif %}
            {%- if numbered_within %}, position{% endif %}
            {%- for column in previous %}, before_{{ column }}{% endfor %}
            {%- for column in following %}, after_{{ column }}{% endfor %}
            {%- for column in numbered_within %}, begins_{{ column }}, run_number_in_{{ column }}{% endfor %}
        ),
        previous_person_key = person_key as has_previous
        {%- for column in previous %},
        case when previous_person_key = person_key then before_{{ column }} end as previous_{{ column }}
        {%- endfor %}
        {%- for column in following %},
        case when next_person_key = person_key then after_{{ column }} end as next_{{ column }}
        {%- endfor %}
        {%- for column in numbered_within %},
        run_number_in_{{ column }} as number_in_{{ column }}
        {%- endfor %}
    from numbered_acts
{%- endmacro %}
