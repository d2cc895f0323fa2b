{#- One statement each, so that readers of the same connection never find the table missing. -#}
{% macro duckdb__replace_table_as(table, query) -%}
    create or replace table {{ table }} as (
        {{ query }}
    )
{%- endmacro %}


{% macro duckdb__append_rows(target_relation, rows_relation) -%}
    insert into {{ target_relation }} by name
    select * from {{ rows_relation }}
{%- endmacro %}
