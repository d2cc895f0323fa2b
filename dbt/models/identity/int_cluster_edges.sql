with

events as (

    select * from {{ ref('int_events') }}

),

nodes as (

    select * from {{ ref('int_cluster_nodes') }}

),

{%- set kinds = ['contact_key', 'user_id', 'client_id', 'order_id'] %}

mentioned_together as (

    {%- for first in kinds %}
    {%- set is_last_kind = loop.last %}
    {%- for second in kinds[loop.index:] %}
    select
        '{{ first }}' as left_kind,
        {{ first }} as left_identifier,
        '{{ second }}' as right_kind,
        {{ second }} as right_identifier
    from events
    where {{ first }} is not null and {{ second }} is not null
    {{ 'union' if not (first == kinds[-2] and second == kinds[-1]) }}
    {%- endfor %}
    {%- endfor %}

),

numbered as (

    select
        left_nodes.node as left_node,
        right_nodes.node as right_node
    from mentioned_together
    inner join nodes as left_nodes
        on
            mentioned_together.left_kind = left_nodes.identifier_kind
            and mentioned_together.left_identifier = left_nodes.identifier
    inner join nodes as right_nodes
        on
            mentioned_together.right_kind = right_nodes.identifier_kind
            and mentioned_together.right_identifier = right_nodes.identifier

)

select
    left_node as node,
    right_node as neighbour
from numbered
union all
select
    right_node,
    left_node
from numbered
