{#- Rounds of one-to-one matching; each takes the pairs that are nearest to each other, so the last finds what a chain of
    equal orders within the minutes leaves over. -#}
{%- set rounds = 3 -%}
with

orders as (

    select * from {{ ref('int_orders') }}

),

same_orders as (

    select * from {{ ref('stg_event_files__same_orders') }}

),

-- Each pair of orders of two namespaces once, whose ids are equal.
namesakes as (

    select
        orders.order_key,
        others.order_key as other_order_key,
        same_orders.reporter is not null as is_declared,
        {{ seconds_between('least(orders.occurred_at, others.occurred_at)', 'greatest(orders.occurred_at, others.occurred_at)') }}
        <= 86400 as is_near,
        coalesce(orders.person_key = others.person_key, false) as is_same_person,
        orders.names_person and others.names_person as are_both_named,
        orders.currency = others.currency
        and orders.revenue >= {{ var('order_match_minimum_share') }} * others.revenue
        and others.revenue >= {{ var('order_match_minimum_share') }} * orders.revenue as is_similar_amount
    from orders
    inner join orders as others
        on orders.order_id = others.order_id and orders.order_namespace < others.order_namespace
    left join same_orders on orders.reporter = same_orders.reporter and others.reporter = same_orders.other_reporter
    where orders.is_separate = false and others.is_separate = false

),

matched_by_id as (

    select
        order_key,
        other_order_key,
        case when is_declared then 'same_orders_as' else 'order_id' end as match_rule
    from namesakes
    where is_declared or (is_near and (is_same_person or (are_both_named = false and is_similar_amount)))

),

-- Without equal ids: the same person, amount and currency within minutes.
lookalikes as (

    select
        orders.order_key,
        orders.order_namespace,
        others.order_key as other_order_key,
        others.order_namespace as other_order_namespace,
        row_number() over (
            order by
                {{ seconds_between('least(orders.occurred_at, others.occurred_at)', 'greatest(orders.occurred_at, others.occurred_at)') }},
                orders.order_namespace, others.order_namespace,
                orders.order_id, others.order_id, orders.order_key, others.order_key
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
    where
        orders.is_separate = false and others.is_separate = false
        and (orders.order_id is null or others.order_id is null or orders.order_id <> others.order_id)

),

-- An order that an equal id has matched within a namespace is not matched there again.
taken_by_id as (

    select
        matched_by_id.order_key,
        orders.order_namespace as other_order_namespace
    from matched_by_id
    inner join orders on matched_by_id.other_order_key = orders.order_key
    union
    select
        matched_by_id.other_order_key,
        orders.order_namespace
    from matched_by_id
    inner join orders on matched_by_id.order_key = orders.order_key

),

open_1 as (

    select lookalikes.*
    from lookalikes
    left join taken_by_id
        on
            lookalikes.order_key = taken_by_id.order_key
            and lookalikes.other_order_namespace = taken_by_id.other_order_namespace
    left join taken_by_id as others_taken
        on
            lookalikes.other_order_key = others_taken.order_key
            and lookalikes.order_namespace = others_taken.other_order_namespace
    where taken_by_id.order_key is null and others_taken.order_key is null

),
{% for round in range(1, rounds + 1) %}
nearest_{{ round }} as (

    select
        *,
        min(nearness) over (partition by order_key, other_order_namespace) as own_nearest,
        min(nearness) over (partition by other_order_key, order_namespace) as other_nearest
    from open_{{ round }}

),

matched_{{ round }} as (

    select * from nearest_{{ round }}
    where nearness = own_nearest and nearness = other_nearest

),
{% if round < rounds %}
open_{{ round + 1 }} as (

    select open_{{ round }}.*
    from open_{{ round }}
    left join matched_{{ round }} as own
        on open_{{ round }}.order_key = own.order_key and open_{{ round }}.other_order_namespace = own.other_order_namespace
    left join matched_{{ round }} as others
        on open_{{ round }}.other_order_key = others.other_order_key and open_{{ round }}.order_namespace = others.order_namespace
    where own.order_key is null and others.order_key is null

),
{% endif %}
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
        order_key,
        other_order_key,
        'person_amount_time'
    from matched_{{ round }}
    {%- endfor %}

)

select * from matches
