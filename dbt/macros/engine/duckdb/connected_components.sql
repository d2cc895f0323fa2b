{#- Label propagation over the nodes whose component just became smaller; `using key` keeps one row per node. -#}
{% macro duckdb__connected_components(nodes, edges) -%}
    with recursive components (node, component) using key (node) as (
        select node, node as component from {{ nodes }}
        union
        select edges.node, min(lowered.component) as component
        from {{ edges }} as edges
        inner join components as lowered on edges.neighbour = lowered.node
        inner join recurring.components as known on edges.node = known.node
        where lowered.component < known.component
        group by edges.node
    )

    select node, component from components
{%- endmacro %}
