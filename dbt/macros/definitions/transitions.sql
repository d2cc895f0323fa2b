{#-
    What a person did before and after: each act with its neighbours among the acts given.

    `acts` needs person_key, occurred_at, event_rank and event_id (unique); all its columns pass through, one row per act, with
    previous_<column> for each column of `previous` and next_<column> for each of `following`, both null where the
    person has no such act, has_previous (whether there is an act before; to filter by it takes three quarters of the
    processor time of `previous_<column> is not null`, which also leaves out acts after a null),
    and number_in_<column> for each of `numbered_within`: the act's number, from 1, in its run of acts of one person
    with the same value, such as a journey. `is_physically_ordered` and `guard`: see physical_order.sql.
-#}
{% macro transitions(acts, previous=[], following=[], numbered_within=[], is_physically_ordered=false, guard=true) -%}
    {{ return(adapter.dispatch('transitions', 'milepost')(
        acts, previous, following, numbered_within, is_physically_ordered, guard
    )) }}
{%- endmacro %}


{#- A run is what two numberings have in common: among the person's acts, and among those with the same value. -#}
{% macro default__transitions(acts, previous, following, numbered_within, is_physically_ordered, guard) -%}
    {%- set person = 'over (partition by person_key order by occurred_at, event_rank, event_id)' -%}
    with acts_with_neighbours as (
        select
            person_key,
            occurred_at,
            event_rank,
            event_id,
            row_number() {{ person }} > 1 as has_previous
            {%- for column in previous %},
            lag({{ column }}) {{ person }} as previous_{{ column }}
            {%- endfor %}
            {%- for column in following %},
            lead({{ column }}) {{ person }} as next_{{ column }}
            {%- endfor %}
            {%- for column in numbered_within %},
            {{ column }} as value_{{ column }},
            row_number() {{ person }} - row_number() over (
                partition by person_key, {{ column }} order by occurred_at, event_rank, event_id
            ) as run_of_{{ column }}
            {%- endfor %}
        from {{ acts }}
    ),

    numbered_acts as (
        select
            *
            {%- for column in numbered_within %},
            row_number() over (
                partition by person_key, value_{{ column }}, run_of_{{ column }}
                order by occurred_at, event_rank, event_id
            ) as number_in_{{ column }}
            {%- endfor %}
        from acts_with_neighbours
    )

    select
        acts.*,
        numbered_acts.has_previous
        {%- for column in previous %},
        numbered_acts.previous_{{ column }}
        {%- endfor %}
        {%- for column in following %},
        numbered_acts.next_{{ column }}
        {%- endfor %}
        {%- for column in numbered_within %},
        numbered_acts.number_in_{{ column }}
        {%- endfor %}
    from {{ acts }} as acts
    inner join numbered_acts on acts.event_id = numbered_acts.event_id
{%- endmacro %}
