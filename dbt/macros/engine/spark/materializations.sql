{#-
    How models become tables of Parquet files. Each build is a full one, and a view is a table, too: Spark would
    plan and compute views of views again for each reader, and readers of the marts know files only.
-#}
{% materialization table, adapter='spark' %}
    {{ return({'relations': [milepost.make_spark_table()]}) }}
{% endmaterialization %}


{% materialization incremental, adapter='spark' %}
    {{ return({'relations': [milepost.make_spark_table()]}) }}
{% endmaterialization %}


{% materialization view, adapter='spark' %}
    {{ return({'relations': [milepost.make_spark_table()]}) }}
{% endmaterialization %}


{% macro make_spark_table() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- do adapter.drop_relation(target_relation) -%}
    {%- set stages = milepost.stages_of(compiled_code) -%}
    {%- for stage in stages.tables -%}
        {%- do run_query('drop table if exists ' ~ stage.table) -%}
        {%- do run_query('create table ' ~ stage.table ~ ' using parquet as ' ~ stage.query) -%}
    {%- endfor -%}
    {%- call statement('main') -%}
        create table {{ target_relation }} using parquet as
        {{ milepost.as_contracted(stages.query) }}
    {%- endcall -%}
    {%- for stage in stages.tables -%} {%- do run_query('drop table ' ~ stage.table) -%} {%- endfor -%}
    {%- if 'macro.milepost.connected_components' in model.depends_on.macros -%} {%- do milepost.drop_labels() -%} {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return(target_relation) }}
{%- endmacro %}


{#-
    The columns of a contract in its order and types, as readers are promised them. A person's key is a hash here, and
    wider than the number it is on DuckDB.
-#}
{% macro as_contracted(query) -%}
    {%- if not config.get('contract').enforced -%} {{ return(query) }} {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- set type = 'bigint' if column.name.endswith('person_key') else milepost.spark_type(column.data_type) -%}
        {%- do columns.append('cast(' ~ column.name ~ ' as ' ~ type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {{ return('select ' ~ columns | join(', ') ~ ' from (\n' ~ query ~ '\n) as contracted') }}
{%- endmacro %}


{% macro spark_type(type) -%}
    {%- if type in ('varchar', 'json') or type.startswith('marts.') -%} {{ return('string') }}
    {%- elif type == 'varchar[]' -%} {{ return('array<string>') }}
    {%- endif -%}
    {{ return(type) }}
{%- endmacro %}
