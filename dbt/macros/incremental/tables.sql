{#- Statements about tables that engines write differently; DuckDB's are in macros/engine/duckdb/tables.sql. -#}
{% macro create_schema_if_missing(schema) -%}
    {{ return(adapter.dispatch('create_schema_if_missing', 'milepost')(schema)) }}
{%- endmacro %}


{% macro default__create_schema_if_missing(schema) -%}
    create schema if not exists {{ schema }}
{%- endmacro %}


{#- With all its tables. -#}
{% macro drop_schema(schema) -%}
    {{ return(adapter.dispatch('drop_schema', 'milepost')(schema)) }}
{%- endmacro %}


{% macro default__drop_schema(schema) -%}
    drop schema if exists {{ schema }} cascade
{%- endmacro %}


{% macro replace_table_as(table, query) -%}
    {{ return(adapter.dispatch('replace_table_as', 'milepost')(table, query)) }}
{%- endmacro %}


{% macro default__replace_table_as(table, query) -%}
    drop table if exists {{ table }};
    create table {{ table }} as
    {{ query }}
{%- endmacro %}


{#- Add the rows of one relation to another, column by name. -#}
{% macro append_rows(target_relation, rows_relation) -%}
    {{ return(adapter.dispatch('append_rows', 'milepost')(target_relation, rows_relation)) }}
{%- endmacro %}


{% macro default__append_rows(target_relation, rows_relation) -%}
    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='quoted') | join(', ') -%}
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ rows_relation }}
{%- endmacro %}
