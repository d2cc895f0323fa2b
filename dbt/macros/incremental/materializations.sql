{#-
    How models become relations, in place of dbt-duckdb's own materializations. One statement replaces a relation, where
    dbt-duckdb 1.11 builds it under another name, renames twice and drops, a round trip each: in a build of one day, in
    which nearly every table is small, renaming, dropping and looking up columns took 12 of 60 profiled seconds. Readers
    have the published copy, so no reader sees the gap; a statement that fails leaves the last relation.

    Depends on dbt-core 1.11 and dbt-duckdb 1.11: their macros `create_table_as`, `get_assert_columns_equivalent`,
    `get_table_columns_and_constraints`, `get_column_names`, `get_select_subquery` and `duckdb_escape_comment`.
-#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- do milepost.drop_other_type(target_relation, is_replaced=model.language == 'sql') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if model.language == 'python' -%}
        {%- call statement('main', language='python') -%}
            {{- create_table_as(false, target_relation, compiled_code, 'python') -}}
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main') -%} {{ milepost.replace_table(target_relation, compiled_code) }} {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- do milepost.drop_other_type(target_relation) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {%- do milepost.assert_contract(compiled_code) -%}
        create or replace view {{ target_relation }} as (
            {{ compiled_code }}
        );
        {{ milepost.comments(target_relation) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#-
    Replaced in a full build, unless the model is configured to keep its rows for ever (`full_refresh: false`); in an
    incremental one its rows of what is affected are.
-#}
{% materialization incremental, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_present = load_cached_relation(this) is not none -%}
    {%- if not is_present and not milepost.is_full_build() -%}
        {%- do exceptions.raise_compiler_error(
            'Table ' ~ this ~ ' does not exist, so this build must be a full one: unset MILEPOST_BUILD_SCOPE.'
        ) -%}
    {%- endif -%}
    {%- do milepost.drop_other_type(target_relation) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {%- if not is_present or should_full_refresh() -%}
            {{ milepost.replace_table(target_relation, compiled_code) }}
        {%- elif milepost.is_full_build() -%}
            {{ milepost.append_rows(target_relation, '(' ~ compiled_code ~ ') as new_rows') }}
        {%- else -%}
            {{ milepost.replace_affected(target_relation, compiled_code, config.get('unique_key') or []) }}
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- A table cannot replace a view, nor a view a table; a Python model's table not even a table. -#}
{% macro drop_other_type(target_relation, is_replaced=true) -%}
    {%- set existing = load_cached_relation(target_relation) -%}
    {%- if existing is not none and (existing.type != target_relation.type or not is_replaced) -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
{%- endmacro %}


{% macro replace_table(target_relation, compiled_code) -%}
    {%- do milepost.assert_contract(compiled_code) -%}
    {%- if config.get('contract').enforced -%}
        create or replace table {{ target_relation }} {{ get_table_columns_and_constraints() }};
        insert into {{ target_relation }} {{ get_column_names() }} (
            {{ get_select_subquery(compiled_code) }}
        );
    {%- else -%}
        create or replace table {{ target_relation }} as (
            {{ compiled_code }}
        );
    {%- endif %}
    {{ milepost.comments(target_relation) }}
{%- endmacro %}


{#- A model's columns change only with the model, and then the build is full. -#}
{% macro assert_contract(compiled_code) -%}
    {%- if config.get('contract').enforced and milepost.is_full_build() -%}
        {%- do get_assert_columns_equivalent(compiled_code) -%}
    {%- endif -%}
{%- endmacro %}


{#- Descriptions, as comments that readers of the file see. -#}
{% macro comments(relation) -%}
    {%- if config.persist_relation_docs() and model.description %}
        comment on {{ relation.type }} {{ relation }} is {{ duckdb_escape_comment(model.description) }};
    {%- endif -%}
    {%- if config.persist_column_docs() -%}
        {%- for column in model.columns.values() if column.description %}
            comment on column {{ relation }}.{{ adapter.quote(column.name) }}
            is {{ duckdb_escape_comment(column.description) }};
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
