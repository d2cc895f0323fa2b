with

events as (

    select * from {{ ref('int_events') }}

),

identity_nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

identifiers as (

    select
        1 as kind_rank,
        identifier_kind,
        identifier
    from identity_nodes
    union
    select
        2,
        'order_id',
        order_id
    from events
    where order_id is not null

)

select
    {{ identifier_node(['kind_rank', 'identifier_kind', 'identifier']) }} as node,
    identifier_kind,
    identifier
from identifiers
