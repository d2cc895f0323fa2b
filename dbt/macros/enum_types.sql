{#-
    Types of few values, kept as numbers and read as text: `marts.event_source`, `marts.micro_conversion`,
    `marts.journey_stage` and `marts.event_name`. On DuckDB they are ENUMs in alphabetical order, so they sort as
    their text does. Of 20 million narrow rows with three of them, the sort takes half the processor time of text and
    a count by the three a third, for the same bytes in the file; of a store's wide rows they are a smaller part. A
    table carries the values it was made with, so a copy of it in another file is whole. On an engine that has no
    such type the names would be domains over text.

    `event_source` is closed by the sources there are, the next two by seed `micro_conversion_types`: other values are
    other models or seeds, and then the build is full. Event names are the vendors' and the feeds' own, so their type
    grows with them.
-#}


{#- The type holds what the query gives: one column of text without null. -#}
{% macro create_enum(name, query) -%}
    {{ return(adapter.dispatch('create_enum', 'milepost')(name, query)) }}
{%- endmacro %}


{% macro duckdb__create_enum(name, query) -%}
    create or replace type {{ name }} as enum (
        select distinct value from ({{ query }}) as texts(value) order by value
    )
{%- endmacro %}


{#- Before every seed and model. -#}
{% macro create_source_enum() -%}
    {{ milepost.create_enum(
        'marts.event_source', "select '" ~ milepost.event_sources() | join("' union all select '") ~ "'"
    ) }}
{%- endmacro %}


{#- After seed `micro_conversion_types` is loaded. -#}
{% macro create_catalogue_enums(seed) -%}
    {{ milepost.create_enum('marts.micro_conversion', 'select micro_conversion from ' ~ seed) }};
    {{ milepost.create_enum(
        'marts.journey_stage', "select journey_stage from " ~ seed ~ " where journey_stage <> 'none'"
    ) }}
{%- endmacro %}


{#-
    Before rows of `events` are added to `store`: the type holds the names of the rules on `kinds`, as a type of no value
    is none, and those of the events. Where it knew them all nothing is done; else the store's column is written anew,
    no other one is.
-#}
{% macro widen_event_names(store, events, kinds) -%}
    {{ return(adapter.dispatch('widen_event_names', 'milepost')(store, events, kinds)) }}
{%- endmacro %}


{% macro duckdb__widen_event_names(store, events, kinds) -%}
    {%- set told = 'select event_name from ' ~ events -%}
    {%- set known = 'select unnest(enum_range(null::marts.event_name))' -%}
    {%- if not execute -%} {{ return('') }} {%- endif -%}
    {%- if milepost.is_full_build() -%}
        {{ milepost.create_enum('marts.event_name', 'select event_name from ' ~ kinds ~ ' union ' ~ told) }}
    {%- elif run_query(told ~ ' where event_name not in (' ~ known ~ ') limit 1').rows -%}
        {{ milepost.add_event_names(store, known ~ ' union ' ~ told) }}
    {%- endif -%}
{%- endmacro %}


{#- Have the store's column take the names that the query gives; it has no others. -#}
{% macro add_event_names(store, names) -%}
    {{ return(adapter.dispatch('add_event_names', 'milepost')(store, names)) }}
{%- endmacro %}


{% macro duckdb__add_event_names(store, names) -%}
    {{ milepost.create_enum('marts.event_name', names) }};
    alter table {{ store }} alter column event_name type marts.event_name
{%- endmacro %}
