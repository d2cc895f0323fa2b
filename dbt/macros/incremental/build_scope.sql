{#-
    Whether a build is full or incremental is decided by dagster_project/runtime/build_scope.py and handed over in the
    environment. Without MILEPOST_BUILD_SCOPE every model is built in full, so plain `dbt build` is a full build, and
    `dbt run --select <model>` rebuilds that model from the tables of the previous build. What this file adds is the
    safety of such commands: they mark the next pipeline build full (`raw._builds`), and are refused where a table they
    would read holds only the affected persons of the last incremental build (table `intermediate._delta_only_tables`).
-#}
{% macro handed_scope() -%}
    {%- set scope = env_var('MILEPOST_BUILD_SCOPE', '') if execute else '' -%}
    {%- if scope not in ('', 'incremental', 'full') -%}
        {%- do exceptions.raise_compiler_error(
            "MILEPOST_BUILD_SCOPE is '" ~ scope ~ "'; it must be incremental or full. Unset it for a full build."
        ) -%}
    {%- endif -%}
    {{ return(scope) }}
{%- endmacro %}


{#- Whether a model is built in full. A test that runs by itself follows the tables it reads, as they stand. -#}
{% macro is_full_build() -%}
    {%- if not execute or model.resource_type == 'unit_test' -%} {{ return(true) }} {%- endif -%}
    {%- set scope = milepost.handed_scope() -%}
    {%- if not scope and model.resource_type == 'test' -%}
        {{ return(not (milepost.delta_only_tables() | select('in', model.depends_on.nodes) | list)) }}
    {%- endif -%}
    {{ return(scope != 'incremental') }}
{%- endmacro %}


{#- Whether the engine can replace rows of a table; if not, every build is a full one. -#}
{% macro has_incremental_builds() -%}
    {{ return(adapter.dispatch('has_incremental_builds', 'milepost')()) }}
{%- endmacro %}

{% macro default__has_incremental_builds() -%} {{ return(true) }} {%- endmacro %}


{#- dbt asks this before it adds rows to an incremental model. -#}
{% macro should_full_refresh() -%}
    {%- if not milepost.has_incremental_builds() -%} {{ return(true) }} {%- endif -%}
    {%- if config.get('full_refresh') is not none -%} {{ return(config.get('full_refresh')) }} {%- endif -%}
    {{ return(milepost.is_full_build()) }}
{%- endmacro %}


{#- Models that keep rows from build to build. -#}
{% macro incremental_models() -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
    {{ return(models | selectattr('config.materialized', 'equalto', 'incremental') | list) }}
{%- endmacro %}


{#-
    Whether this command builds every incremental model. Otherwise what records builds (the ledger, the partitions taken
    in) stays as it is: the next build of everything records what changed since the last one.
-#}
{% macro is_whole_build() -%}
    {%- if not execute or milepost.handed_scope() -%} {{ return(true) }} {%- endif -%}
    {%- set left_out = milepost.incremental_models() | map(attribute='unique_id') | reject('in', selected_resources) -%}
    {{ return(not (left_out | list)) }}
{%- endmacro %}


{#-
    Models between incremental ones: an incremental build leaves in them the rows of affected persons only. Known by the
    macros they use, or by a model of this kind that they read.
-#}
{% macro delta_only_models() -%}
    {%- set filters = ['macro.milepost.delta', 'macro.milepost.is_affected', 'macro.milepost.is_in_changed_partition'] -%}
    {%- set found = [] -%}
    {%- set others = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | rejectattr('config.materialized', 'equalto', 'incremental') | list -%}
    {#- Nodes are in no order: another round as long as the last one found any. -#}
    {%- for _ in others -%}
        {%- set before = found | length -%}
        {%- for node in others if node.unique_id not in found -%}
            {%- if node.depends_on.macros | select('in', filters) | list or node.depends_on.nodes | select('in', found) | list -%}
                {%- do found.append(node.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if found | length == before -%} {%- break -%} {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Those of them, by unique id, that have not been built in full since the last incremental build. -#}
{% macro delta_only_tables() -%}
    {%- set relation = milepost.previous_relation('_delta_only_tables') -%}
    {{ return((run_query('select model from ' ~ relation).columns[0].values() | list) if relation else []) }}
{%- endmacro %}


{#- A model built from such tables would hold the affected persons only. -#}
{% macro refuse_delta_only_inputs() -%}
    {%- set unselected = milepost.delta_only_tables() | reject('in', selected_resources) | list -%}
    {%- for node in graph.nodes.values() if unselected and node.unique_id in selected_resources and node.resource_type == 'model' -%}
        {%- set inputs = node.depends_on.nodes | select('in', unselected) | list -%}
        {%- if inputs -%}
            {%- do exceptions.raise_compiler_error(
                node.name ~ ' is built from ' ~ graph.nodes[inputs[0]].name ~ ', which holds only the affected persons of '
                ~ 'the last incremental build. Build what leads to it, too: dbt ' ~ flags.WHICH ~ ' --select +' ~ node.name
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- Whether this command builds models or seeds. -#}
{% macro is_building() -%}
    {%- for unique_id in selected_resources if execute and flags.WHICH in ('build', 'run', 'seed') -%}
        {%- if unique_id.startswith(('model.', 'seed.')) -%} {{ return(true) }} {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}


{#- Without its keys (macro keyed_id) a digest would be anyone's, and no error: a key that is null counts as empty. -#}
{% macro refuse_missing_raw_tables() -%}
    {%- set tables -%}
        select 1 from information_schema.tables
        where (table_schema = 'raw' and table_name = '_builds') or (table_schema = 'pii' and table_name = 'digest_keys')
    {%- endset -%}
    {%- set keys = "select 1 from pii.digest_keys where length(inner_key) = 64 and length(outer_key) = 64 and length(id_key) = 32" -%}
    {%- if run_query(tables).rows | length != 2 -%} {%- set missing = 'raw tables' -%}
    {%- elif run_query(keys).rows | length != 1 -%} {%- set missing = 'keys of digests' -%}
    {%- endif -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            'There are no ' ~ missing ~ ' in ' ~ target.path
            ~ ': run milepost refresh, or milepost reload where data has landed.'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- On the start of a command. What is noted here is noted before the first table changes. -#}
{% macro begin_build() -%}
    {%- if milepost.is_building() and milepost.has_incremental_builds() -%}
        {%- do milepost.refuse_missing_raw_tables() -%}
        {{ milepost.create_schema_if_missing('marts') }};
        {{ milepost.create_source_enum() }};
        {%- if milepost.handed_scope() == 'incremental' %}
        {{ milepost.create_schema_if_missing('delta') }};
        {{ milepost.replace_table_as('intermediate._delta_only_tables', milepost.list_of_models(milepost.delta_only_models())) }};
        {%- elif not milepost.handed_scope() -%}
        {%- do milepost.refuse_delta_only_inputs() %}
        update raw._builds set built_at = null, published_at = null;
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- On the end of a command: which tables are whole again. -#}
{% macro end_build(results) -%}
    {%- if milepost.is_building() and milepost.has_incremental_builds() and milepost.handed_scope() != 'incremental' -%}
        {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
        {%- set left = milepost.delta_only_tables() -%}
        {%- set still = left | reject('in', built) | list -%}
        {%- if left and not still -%}
            {{ milepost.drop_schema('delta') }};
            drop table intermediate._delta_only_tables;
        {%- elif left | length > still | length -%}
            {{ milepost.replace_table_as('intermediate._delta_only_tables', milepost.list_of_models(still)) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro list_of_models(unique_ids) -%}
    {%- for unique_id in unique_ids -%}
        {{ ' union all ' if not loop.first }}select '{{ unique_id }}' as model
    {%- endfor -%}
{%- endmacro %}
