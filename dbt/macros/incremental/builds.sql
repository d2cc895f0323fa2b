{#-
    A build is full or touches only the affected persons. It is full when asked for (`--full-refresh`), when the last
    one ended half-way, when a store is missing, or when what decides the result changed: a model, a seed or a
    variable. `intermediate._build` keeps one row of the last build. Table `delta._build` stands while stores hold
    more than the tables between them; dbt knows from its cache, without a query, whether it does: models ask often.
-#}
{% macro is_full_build() -%}
    {%- if not execute or flags.FULL_REFRESH or model.resource_type == 'unit_test' -%} {{ return(true) }} {%- endif -%}
    {{ return(not milepost.previous_relation('_build', 'delta')) }}
{%- endmacro %}


{#- dbt asks this before it adds to a table: in a full build every store is made anew, but for those that never are. -#}
{% macro should_full_refresh() -%}
    {%- if config.get('full_refresh') is not none -%} {{ return(config.get('full_refresh')) }} {%- endif -%}
    {{ return(milepost.is_full_build()) }}
{%- endmacro %}


{#- A table of an earlier build, without a dependency on the model that makes it; none when there is none. -#}
{% macro previous_relation(name, schema='intermediate') -%}
    {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=name) if execute) }}
{%- endmacro %}


{#-
    The same as something to select from. Without an earlier build it is an empty table of these columns; in a full
    build, too, as that may follow another version's, unless its columns never change (`is_lasting`).
-#}
{% macro previous_build(name, columns, schema='intermediate', is_lasting=false) -%}
    {%- set relation = milepost.previous_relation(name, schema) if is_lasting or not milepost.is_full_build() -%}
    {%- if relation -%} {{ return(relation) }} {%- endif -%}
    (select
        {%- for column, type in columns.items() %} cast(null as {{ type }}) as {{ column }}{{ ',' if not loop.last }}{% endfor %}
    where false)
{%- endmacro %}


{#- Everything but the raw rows that decides the result. Macros are not among what dbt shows: see README. -#}
{% macro build_fingerprint() -%}
    {%- set parts = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
        {%- do parts.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {%- for name in milepost.business_variables() -%}
        {%- do parts.append(name ~ ' ' ~ tojson(var(name))) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | sort | join('\n'))) }}
{%- endmacro %}


{#- The variables of dbt_project.yml; dbt gives no list of them. -#}
{% macro business_variables() -%}
    {{ return([
        'session_timeout_minutes', 'session_cap_hours', 'engaged_session_seconds', 'identity_degree_cap',
        'identity_minimum_sessions', 'small_purchase_threshold', 'machine_threshold', 'machine_burst_seconds',
        'click_landing_minutes', 'account_time_zone', 'collapse_immediate_repeats', 'path_separator',
        'path_minimum_persons', 'path_minimum_share', 'path_first_steps', 'path_report_rows', 'journey_maturity_days',
        'longest_sequence_steps', 'benchmark_era', 'benchmark_industries', 'benchmark_region', 'benchmark_minimum_n',
        'benchmark_relative_tolerance', 'benchmark_history_periods', 'next_step_days',
    ]) }}
{%- endmacro %}


{#- The models that keep rows from build to build. -#}
{% macro incremental_models() -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' -%}
        {%- do found.append(node) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Whether this command builds stores at all, and whether all of them. -#}
{% macro selected_incremental_models() -%}
    {%- set selected = milepost.incremental_models() | map(attribute='unique_id') | select('in', selected_resources) | list -%}
    {{ return(selected if flags.WHICH in ('build', 'run') else []) }}
{%- endmacro %}


{#-
    Between the stores stand tables of the persons of the last build only. A store built from these by itself would hold
    nobody else, so some of the stores are built only while they hold everybody, or anew with all that leads to them.
-#}
{% macro refuse_parts_of_an_incremental_build(last, is_whole) -%}
    {%- if not is_whole and not flags.FULL_REFRESH and last and not last.is_full -%}
        {%- do exceptions.raise_compiler_error(
            'Only some of the stores are selected, and the tables they are built from hold only the persons of the last '
            ~ 'build. Build everything (dbt build), or these with all that leads to them: '
            ~ 'dbt build --full-refresh --select +<model>.'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- What `intermediate._build` says of the last build; none before the first. -#}
{% macro last_build() -%}
    {%- set relation = milepost.previous_relation('_build') -%}
    {%- if relation -%}
        {{ return((run_query('select fingerprint, is_full, is_finished from ' ~ relation).rows | list)[0]) }}
    {%- endif -%}
{%- endmacro %}


{#- On the start of a run: decide whether the build is full, and mark it unfinished. -#}
{% macro begin_build() -%}
    {%- if execute and milepost.selected_incremental_models() -%}
        {%- set last = milepost.last_build() -%}
        {%- set is_whole = milepost.selected_incremental_models() | length == milepost.incremental_models() | length -%}
        {%- do milepost.refuse_parts_of_an_incremental_build(last, is_whole) -%}
        {%- set fingerprint = milepost.build_fingerprint() -%}
        {%- set missing = [] -%}
        {%- for node in milepost.incremental_models() if not milepost.previous_relation(node.name, node.schema) -%}
            {%- do missing.append(node.name) -%}
        {%- endfor -%}
        {%- set is_full = flags.FULL_REFRESH or not is_whole or missing | length > 0
            or not (last and last.is_finished and last.fingerprint == fingerprint) -%}
        create schema if not exists intermediate;
        create schema if not exists marts;
        {{ milepost.create_source_enum() }};
        drop schema if exists delta cascade;
        create schema delta;
        create or replace table intermediate._build as
        select
            '{{ fingerprint }}' as fingerprint,
            {{ is_full }} as is_full,
            false as is_finished,
            cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp) as begun_at;
        {%- if not is_full %}
        create table delta._build as from intermediate._build;
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- On the end of a run: it is finished when every store was built; a failed one is made anew the next time. -#}
{% macro end_build(results) -%}
    {%- if execute and milepost.selected_incremental_models() -%}
        {%- set built = [] -%}
        {%- for result in results if result.status == 'success' -%}
            {%- do built.append(result.node.unique_id) -%}
        {%- endfor -%}
        {%- set unbuilt = milepost.incremental_models() | map(attribute='unique_id') | reject('in', built) | list -%}
        update intermediate._build set is_finished = {{ unbuilt | length == 0 }};
    {%- endif -%}
{%- endmacro %}
