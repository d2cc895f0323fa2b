{% macro duckdb__as_enum(value, name) -%}
    cast({{ value }} as marts.{{ name }})
{%- endmacro %}


{% macro duckdb__create_enum(name, query) -%}
    create or replace type {{ name }} as enum (
        select distinct value from ({{ query }}) as texts(value) order by value
    )
{%- endmacro %}


{#- Where the type knows all names nothing is done; else only the table's column is rewritten. -#}
{% macro duckdb__widen_event_names(table, events, kinds) -%}
    {%- set event_names = 'select event_name from ' ~ events -%}
    {%- set known_names = 'select unnest(enum_range(null::marts.event_name))' -%}
    {%- if not execute -%} {{ return('') }} {%- endif -%}
    {%- if milepost.is_full_build() -%}
        {{ milepost.create_enum('marts.event_name', 'select event_name from ' ~ kinds ~ ' union ' ~ event_names) }}
    {%- elif run_query(event_names ~ ' where event_name not in (' ~ known_names ~ ') limit 1').rows -%}
        {{ milepost.add_event_names(table, known_names ~ ' union ' ~ event_names) }}
    {%- endif -%}
{%- endmacro %}


{#- Replace the type by one of the names that the query gives, and rewrite the table's column with it. -#}
{% macro add_event_names(table, names) -%}
    {{ milepost.create_enum('marts.event_name', names) }};
    alter table {{ table }} alter column event_name type marts.event_name
{%- endmacro %}
