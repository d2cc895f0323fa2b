{#-
  The smallest node reachable from each node (domain F21).

  `nodes` is a relation with an integer column `node`, `edges` one with `node` and `neighbour`, every edge in both
  directions. The result has columns `node` and `component`.
-#}
{% macro connected_components(nodes, edges) -%}
    {{ return(adapter.dispatch('connected_components', 'milepost')(nodes, edges)) }}
{%- endmacro %}

{% macro duckdb__connected_components(nodes, edges) -%}
    with recursive reached (node, component) using key (node) as (
        select node, node as component from {{ nodes }}
        union
        select edges.node, min(lowered.component) as component
        from {{ edges }} as edges
        inner join reached as lowered on edges.neighbour = lowered.node
        inner join recurring.reached as known on edges.node = known.node
        where lowered.component < known.component
        group by edges.node
    )

    select node, component from reached
{%- endmacro %}
