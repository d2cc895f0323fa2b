with

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

components as (

    select * from {{ ref('int_identity_components') }}

),

persons as (

    select
        component,
        cast(row_number() over (order by component) as integer) as person_key
    from components
    where node = component

),

identified as (

    select
        nodes.identifier_kind,
        nodes.identifier,
        persons.person_key,
        md5(stable.identifier_kind || ':' || stable.identifier) as person_id,
        nodes.node = components.component as is_stable_key
    from nodes
    inner join components on nodes.node = components.node
    inner join persons on components.component = persons.component
    inner join nodes as stable on components.component = stable.node

)

select * from identified
