{#-
  The smallest node reachable from each node (domain F21).

  `nodes` is a relation with an integer column `node`, `edges` one with `node` and `neighbour`, every edge in both
  directions. The result has columns `node` and `component`.
-#}
{% macro connected_components(nodes, edges) -%}
    {{ return(adapter.dispatch('connected_components', 'milepost')(nodes, edges)) }}
{%- endmacro %}


{#-
    Without recursion, which not every engine has: in each round every node takes the smallest component among itself and
    its neighbours, so `rounds` is the longest chain of edges it can follow. A longer one is an error, not a wrong result.
-#}
{% macro default__connected_components(nodes, edges, rounds=16) -%}
    with neighbours as (
        select
            node,
            node as neighbour
        from {{ nodes }}
        union all
        select
            node,
            neighbour
        from {{ edges }}
    ),

    components_0 as (
        select
            node,
            node as component
        from {{ nodes }}
    ),
    {%- for round in range(1, rounds + 1) %}

    components_{{ round }} as (
        select
            neighbours.node,
            min(components.component) as component
        from neighbours
        inner join components_{{ round - 1 }} as components on neighbours.neighbour = components.node
        group by neighbours.node
    ),
    {%- endfor %}

    smallest_neighbours as (
        select
            neighbours.node,
            min(components.component) as component
        from neighbours
        inner join components_{{ rounds }} as components on neighbours.neighbour = components.node
        group by neighbours.node
    )

    select
        components.node,
        case
            when components.component = smallest_neighbours.component then components.component
            else cast(
                'Node ' || cast(components.node as string)
                || ' is in a component with a chain of more than {{ rounds }} edges: raise `rounds` of connected_components.'
                as integer
            )
        end as component
    from components_{{ rounds }} as components
    inner join smallest_neighbours on components.node = smallest_neighbours.node
{%- endmacro %}
