{#- Rounds of one-to-one matching: each joins the groups of reports that are nearest to each other, and the last ones find
    what a chain of equal orders within the minutes leaves over. -#}
{%- set rounds = 4 -%}
{#- A match joins two namespaces: three steps reach every report of a chain of four. -#}
{%- set steps = 3 -%}
with

orders as (

    select * from {{ ref('int_orders') }}

),

same_orders as (

    select * from {{ ref('stg_event_files__same_orders') }}

),

separate_orders as (

    select * from {{ ref('stg_event_files__separate_orders') }}

),

matched_by_id as (

    select * from {{ ref('int_order_id_matches') }}

),

-- Without equal ids: the same person, amount and currency within minutes. Deals of a CRM are orders of their own unless
-- they have the order's id, or it is declared that they are the same.
lookalikes as (

    select
        orders.order_key,
        others.order_key as other_order_key,
        row_number() over (
            order by
                {{ seconds_between('least(orders.occurred_at, others.occurred_at)', 'greatest(orders.occurred_at, others.occurred_at)') }},
                orders.order_namespace, others.order_namespace,
                orders.order_id nulls last, others.order_id nulls last, orders.order_key, others.order_key
        ) as nearness
    from orders
    inner join orders as others
        on
            orders.person_key = others.person_key
            and orders.revenue = others.revenue
            and orders.currency = others.currency
            and orders.order_namespace < others.order_namespace
            and others.occurred_at
            between {{ plus_seconds('orders.occurred_at', -60 * var('order_match_minutes')) }}
            and {{ plus_seconds('orders.occurred_at', 60 * var('order_match_minutes')) }}
    left join same_orders on orders.reporter = same_orders.reporter and others.reporter = same_orders.other_reporter
    where
        orders.is_separate = false and others.is_separate = false
        and (same_orders.reporter is not null or (orders.is_copy = false and others.is_copy = false))
        and (orders.order_id is null or others.order_id is null or orders.order_id <> others.order_id)
        -- Who buys for the same amount from two shops within minutes has bought twice.
        and (orders.is_tracking = false or others.is_tracking = false or orders.order_id is null or others.order_id is null)

),

partners as (

    select
        order_key,
        other_order_key
    from matched_by_id
    union
    select
        other_order_key,
        order_key
    from matched_by_id

),

-- Two orders of one namespace, or of two that are declared separate, are two orders, whatever looks like both of them.
incompatible_namespaces as (

    select distinct
        order_namespace,
        order_namespace as other_namespace
    from orders
    union
    select
        order_namespace,
        other_namespace
    from separate_orders

),

-- Reports that equal ids have made one order.
same_id_0 as (

    select
        order_key,
        order_namespace,
        order_key as group_key
    from orders

),
{% for step in range(1, steps + 1) %}
same_id_{{ step }} as (

    select
        own.order_key,
        own.order_namespace,
        least(own.group_key, coalesce(min(others.group_key), own.group_key)) as group_key
    from same_id_{{ step - 1 }} as own
    left join partners on own.order_key = partners.order_key
    left join same_id_{{ step - 1 }} as others on partners.other_order_key = others.order_key
    group by own.order_key, own.order_namespace, own.group_key

),
{% endfor %}
members_1 as (

    select * from same_id_{{ steps }}

),
{% for round in range(1, rounds + 1) %}
near_groups_{{ round }} as (

    select
        least(own.group_key, others.group_key) as group_key,
        greatest(own.group_key, others.group_key) as other_group_key,
        min(lookalikes.nearness) as nearness
    from lookalikes
    inner join members_{{ round }} as own on lookalikes.order_key = own.order_key
    inner join members_{{ round }} as others on lookalikes.other_order_key = others.order_key
    where own.group_key <> others.group_key
    group by least(own.group_key, others.group_key), greatest(own.group_key, others.group_key)

),

separate_groups_{{ round }} as (

    select distinct
        near_groups.group_key,
        near_groups.other_group_key
    from near_groups_{{ round }} as near_groups
    inner join members_{{ round }} as own on near_groups.group_key = own.group_key
    inner join members_{{ round }} as others on near_groups.other_group_key = others.group_key
    inner join incompatible_namespaces
        on
            own.order_namespace = incompatible_namespaces.order_namespace
            and others.order_namespace = incompatible_namespaces.other_namespace

),

open_groups_{{ round }} as (

    select near_groups.*
    from near_groups_{{ round }} as near_groups
    left join separate_groups_{{ round }} as separate_groups
        on
            near_groups.group_key = separate_groups.group_key
            and near_groups.other_group_key = separate_groups.other_group_key
    where separate_groups.group_key is null

),

nearest_{{ round }} as (

    select
        group_key,
        min(nearness) as nearness
    from (
        select
            group_key,
            nearness
        from open_groups_{{ round }}
        union all
        select
            other_group_key,
            nearness
        from open_groups_{{ round }}
    ) as sides
    group by group_key

),

matched_{{ round }} as (

    select open_groups.*
    from open_groups_{{ round }} as open_groups
    inner join nearest_{{ round }} as own
        on open_groups.group_key = own.group_key and open_groups.nearness = own.nearness
    inner join nearest_{{ round }} as others
        on open_groups.other_group_key = others.group_key and open_groups.nearness = others.nearness

),

members_{{ round + 1 }} as (

    select
        members.order_key,
        members.order_namespace,
        coalesce(matched.group_key, members.group_key) as group_key
    from members_{{ round }} as members
    left join matched_{{ round }} as matched on members.group_key = matched.other_group_key

),
{% endfor %}
matches as (

    select
        order_key,
        other_order_key,
        match_rule
    from matched_by_id
    {%- for round in range(1, rounds + 1) %}
    union all
    select
        lookalikes.order_key,
        lookalikes.other_order_key,
        'person_amount_time'
    from matched_{{ round }} as matched
    inner join lookalikes on matched.nearness = lookalikes.nearness
    {%- endfor %}

)

select * from matches
