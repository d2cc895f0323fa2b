{{ config(materialized='incremental', unique_key='cluster_id') }}

with

nodes as (

    select * from {{ ref('int_cluster_nodes') }}

),

components as (

    select * from {{ ref('int_cluster_components') }}

),

clusters as (

    select
        nodes.identifier_kind,
        nodes.identifier,
        md5(roots.identifier_kind || ':' || roots.identifier) as cluster_id
    from nodes
    inner join components on nodes.node = components.node
    inner join nodes as roots on components.component = roots.node

)

select * from clusters
