with

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

components as (

    select * from {{ ref('int_identity_components') }}

)

select
    components.component,
    {{ person_id('nodes') }} as person_id
from components
inner join nodes on components.component = nodes.node
where components.node = components.component
