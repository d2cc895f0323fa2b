{#-
    How models become relations, in the place of dbt-duckdb's own ways: one statement replaces a relation, where those
    build it under another name, rename twice and drop, each a round of its own. Of a build of one day, in which nearly
    every table is small, renaming, dropping and looking columns up were 12 of 60 profiled seconds. DuckDB's readers have
    the published copy, so nobody sees the relation between; a statement that fails leaves the last one.
-#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- do milepost.make_way_for(target_relation, is_replaced=model.language == 'sql') -%}
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
    {%- do milepost.make_way_for(target_relation) -%}
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


{#- A store: made anew in a full build, and else rows are added, after those of what is affected gave way. -#}
{% materialization incremental, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_kept = load_cached_relation(this) is not none and not should_full_refresh() -%}
    {%- do milepost.make_way_for(target_relation) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {%- if is_kept -%}
            {{ milepost.replace_affected(target_relation, compiled_code, config.get('unique_key') or []) }}
        {%- else -%}
            {{ milepost.replace_table(target_relation, compiled_code) }}
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- A table cannot replace a view, nor a view a table; a Python model's table not even a table. -#}
{% macro make_way_for(target_relation, is_replaced=true) -%}
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


{#- A model's columns are others only when the model is, and then the build is full. -#}
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
