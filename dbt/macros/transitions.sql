{#-
    What a person did before and after: each act beside its neighbours among the acts given.

    `acts` needs person_key, occurred_at, event_rank and event_id; all its columns pass through, one row per act, with
    previous_<column> for each column of `previous` and next_<column> for each of `following`, both null where the
    person has no such act, has_previous (whether there is an act before, which the person's first acts lack whatever
    the column holds; to filter by it takes three quarters of the processor time of `previous_<column> is not null`),
    and number_in_<column> for each of `numbered_within`: the act's number, from 1, in its run of acts of one person
    with the same value, such as a journey. `is_physically_ordered` and `guard`: see stored_order.sql.
-#}
{% macro transitions(acts, previous=[], following=[], numbered_within=[], is_physically_ordered=false, guard=true) -%}
    {{ return(adapter.dispatch('transitions', 'milepost')(
        acts, previous, following, numbered_within, is_physically_ordered, guard
    )) }}
{%- endmacro %}


{% macro default__transitions(acts, previous, following, numbered_within, is_physically_ordered, guard) -%}
    {%- set person = 'over (partition by person_key order by occurred_at, event_rank, event_id)' -%}
    with numbered as (
        select
            *,
            row_number() {{ person }} > 1 as has_previous
            {%- for column in previous %},
            lag({{ column }}) {{ person }} as previous_{{ column }}
            {%- endfor %}
            {%- for column in following %},
            lead({{ column }}) {{ person }} as next_{{ column }}
            {%- endfor %}
            {%- for column in numbered_within %},
            row_number() {{ person }} - row_number() over (
                partition by person_key, {{ column }} order by occurred_at, event_rank, event_id
            ) as run_of_{{ column }}
            {%- endfor %}
        from {{ acts }}
    )

    select
        *
        {%- for column in numbered_within %},
        row_number() over (
            partition by person_key, {{ column }}, run_of_{{ column }} order by occurred_at, event_rank, event_id
        ) as number_in_{{ column }}
        {%- endfor %}
    from numbered
{%- endmacro %}


{#- One reading of the stored order: at 20 million acts a tenth of the processor time of `partition by`. -#}
{% macro duckdb__transitions(acts, previous, following, numbered_within, is_physically_ordered, guard) -%}
    with ordered as (
        {{ milepost.acts_in_order(acts, is_physically_ordered) }}
    ),

    followed as (
        select
            *,
            -- Nobody's key is -1: no need to ask for null below, which would take a sixth more processor time.
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
        from ordered
    ),

    counted as (
        select
            *
            {%- for column in numbered_within %},
            position - {{ milepost.carried_forward('position', 'begins_' ~ column) }} + 1 as run_number_in_{{ column }}
            {%- endfor %}
        from followed
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
    from counted
{%- endmacro %}
