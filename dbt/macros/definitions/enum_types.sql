{#-
    Types of few values, kept as numbers and read as text: `marts.event_source`, `marts.micro_conversion`,
    `marts.journey_stage` and `marts.event_name`. On DuckDB they are ENUMs in alphabetical order, so they sort as
    their text does. Of 20 million narrow rows with three of them, the sort takes half the processor time of text and
    a count by the three a third, for the same bytes in the file; of the wide rows of fct_events they are a smaller part. A
    table carries the values it was made with, so a copy of it in another file is whole. On an engine that has no
    such type the values are text and there is nothing to create.

    `event_source` is closed by the sources there are, the next two by seed `micro_conversion_types`: other values are
    other models or seeds, and then the build is full. Event names are the vendors' and the feeds' own, so their type
    grows with them.
-#}


{#- A value as one of such a type, `name` without the schema. -#}
{% macro as_enum(value, name) -%}
    {{ return(adapter.dispatch('as_enum', 'milepost')(value, name)) }}
{%- endmacro %}

{% macro default__as_enum(value, name) -%}
    cast({{ value }} as string)
{%- endmacro %}


{#- The statement by which the type holds what the query gives: one column of text without null. -#}
{% macro create_enum(name, query) -%}
    {{ return(adapter.dispatch('create_enum', 'milepost')(name, query)) }}
{%- endmacro %}

{% macro default__create_enum(name, query) -%} {%- endmacro %}


{#- Before every seed and model. -#}
{% macro create_source_enum() -%}
    {{ milepost.create_enum(
        'marts.event_source', "select '" ~ milepost.event_sources() | join("' union all select '") ~ "'"
    ) }}
{%- endmacro %}


{#- After seed `micro_conversion_types` is loaded. -#}
{% macro create_catalogue_enums(seed) -%}
    {%- set statements = [
        milepost.create_enum('marts.micro_conversion', 'select micro_conversion from ' ~ seed),
        milepost.create_enum(
            'marts.journey_stage', "select journey_stage from " ~ seed ~ " where journey_stage <> 'none'"
        ),
    ] -%}
    {{ statements | select | join(';\n    ') }}
{%- endmacro %}


{#-
    The statements, before rows of `events` are added to `table`, by which the type of its column event_name holds the
    names of the rules on `kinds`, as a type without values is not allowed, and those of the events.
-#}
{% macro widen_event_names(table, events, kinds) -%}
    {{ return(adapter.dispatch('widen_event_names', 'milepost')(table, events, kinds)) }}
{%- endmacro %}

{% macro default__widen_event_names(table, events, kinds) -%} {%- endmacro %}
