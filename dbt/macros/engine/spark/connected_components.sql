{#-
    Label propagation, one table a round, until no label changes: planned as one statement, rounds would be planned and
    computed over and over.
-#}
{% macro spark__connected_components(nodes, edges) -%}
    {%- if not execute or flags.WHICH not in ('run', 'build') -%}
        {{ return('select node, node as component from ' ~ nodes) }}
    {%- endif -%}
    select node, component from {{ milepost.propagate_labels(this.schema ~ '.' ~ this.identifier, nodes, edges) }}
{%- endmacro %}


{#-
    The name of a table with the final label, `component`, of each node. In each round all nodes of a label take the
    smallest one that any of them sees at a neighbour, and then what that label became: labels merge in pairs at least,
    so that a chain of 100,000 nodes in any order takes 11 to 18 rounds. What is not done after `rounds` is an error.
-#}
{% macro propagate_labels(prefix, nodes, edges, rounds=40) -%}
    {%- set state = namespace(table=prefix ~ '__labels_0', is_done=false) -%}
    {%- do milepost.make_labels(state.table, 'select node, node as component from ' ~ nodes) -%}
    {%- for round in range(1, rounds + 1) if not state.is_done -%}
        {%- set next_table = prefix ~ '__labels_' ~ round -%}
        {%- do milepost.make_labels(next_table, milepost.lowered_labels(state.table, edges)) -%}
        {%- set changed -%}
            select 1 from {{ next_table }} as later
            inner join {{ state.table }} as earlier on later.node = earlier.node
            where later.component <> earlier.component
            limit 1
        {%- endset -%}
        {%- set state.is_done = run_query(changed).rows | length == 0 -%}
        {%- do run_query('drop table ' ~ state.table) -%}
        {%- set state.table = next_table -%}
    {%- endfor -%}
    {%- if not state.is_done -%}
        {%- do exceptions.raise_compiler_error('Components of ' ~ nodes ~ ' are not done after ' ~ rounds ~ ' rounds.') -%}
    {%- endif -%}
    {{ return(state.table) }}
{%- endmacro %}


{#- After the model is built, which reads the last of them. -#}
{% macro drop_labels() -%}
    {%- set labels = run_query("show tables in " ~ this.schema ~ " like '" ~ this.identifier ~ "__labels_*'") -%}
    {%- for name in labels.columns['tableName'].values() -%}
        {%- do run_query('drop table ' ~ this.schema ~ '.' ~ name) -%}
    {%- endfor -%}
{%- endmacro %}


{% macro make_labels(table, query) -%}
    {%- do run_query('drop table if exists ' ~ table) -%}
    {%- do run_query('create table ' ~ table ~ ' using parquet as ' ~ query) -%}
{%- endmacro %}


{% macro lowered_labels(labels, edges) -%}
    with smallest_neighbours as (
        select
            edges.node,
            min(labels.component) as component
        from {{ edges }} as edges
        inner join {{ labels }} as labels on edges.neighbour = labels.node
        group by edges.node
    ),

    lowered as (
        select
            labels.node,
            labels.component as label,
            least(labels.component, smallest_neighbours.component) as component
        from {{ labels }} as labels
        left join smallest_neighbours on labels.node = smallest_neighbours.node
    ),

    -- What any node of a label sees is lower for all of them; and a label is a node, which sees something itself.
    lowered_by_label as (
        select
            label,
            min(component) as component
        from (
            select
                label,
                component
            from lowered
            union all
            select
                node,
                component
            from lowered
        ) as seen
        group by label
    )

    select
        lowered.node,
        least(own.component, jumps.component) as component
    from lowered
    inner join lowered_by_label as own on lowered.label = own.label
    inner join lowered_by_label as jumps on lowered.component = jumps.label
{%- endmacro %}
