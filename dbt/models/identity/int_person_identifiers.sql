{{ config(materialized='incremental', unique_key='person_key') }}

with

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

components as (

    select * from {{ ref('int_identity_components') }}

),

keys as (

    select * from {{ ref('int_person_keys') }}

),

persons as (

    select * from {{ ref('int_person_components') }}

),

identified as (

    select
        nodes.identifier_kind,
        nodes.identifier,
        keys.person_key,
        persons.person_id,
        nodes.node = components.component as is_stable_key
    from nodes
    inner join components on nodes.node = components.node
    inner join persons on components.component = persons.component
    inner join keys on persons.person_id = keys.person_id

)

select * from identified
