with

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}

),

accepted as (

    select
        left_nodes.node as left_node,
        right_nodes.node as right_node
    from edges
    inner join nodes as left_nodes
        on edges.left_kind = left_nodes.identifier_kind and edges.left_identifier = left_nodes.identifier
    inner join nodes as right_nodes
        on edges.right_kind = right_nodes.identifier_kind and edges.right_identifier = right_nodes.identifier
    where edges.verdict = 'same_person'

),

both_ways as (

    select
        left_node as node,
        right_node as neighbour
    from accepted
    union all
    select
        right_node,
        left_node
    from accepted

)

select * from both_ways
