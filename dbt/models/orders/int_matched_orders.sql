{#- A match joins two namespaces: three steps reach every order of a chain of four. -#}
{%- set steps = 3 -%}
with

orders as (

    select * from {{ ref('int_orders') }}

),

matches as (

    select * from {{ ref('int_order_matches') }}

),

neighbours as (

    select
        order_key,
        other_order_key,
        match_rule
    from matches
    union all
    select
        other_order_key,
        order_key,
        match_rule
    from matches

),

groups_0 as (

    select
        order_key,
        order_key as matched_order_key
    from orders

),
{% for step in range(1, steps + 1) %}
groups_{{ step }} as (

    select
        groups_{{ step - 1 }}.order_key,
        least(
            groups_{{ step - 1 }}.matched_order_key,
            coalesce(min(others.matched_order_key), groups_{{ step - 1 }}.matched_order_key)
        ) as matched_order_key
    from groups_{{ step - 1 }}
    left join neighbours on groups_{{ step - 1 }}.order_key = neighbours.order_key
    left join groups_{{ step - 1 }} as others on neighbours.other_order_key = others.order_key
    group by groups_{{ step - 1 }}.order_key, groups_{{ step - 1 }}.matched_order_key

),
{% endfor %}
rules as (

    select
        order_key,
        min(match_rule) as match_rule
    from neighbours
    group by order_key

)

select
    orders.*,
    groups_{{ steps }}.matched_order_key,
    rules.match_rule
from orders
inner join groups_{{ steps }} on orders.order_key = groups_{{ steps }}.order_key
left join rules on orders.order_key = rules.order_key
