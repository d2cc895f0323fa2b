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

-- Each pair of orders of two namespaces once, whose ids are equal.
namesakes as (

    select
        orders.order_key,
        others.order_key as other_order_key,
        orders.order_namespace,
        others.order_namespace as other_namespace,
        same_orders.reporter is not null as is_declared,
        {{ seconds_between('least(orders.occurred_at, others.occurred_at)', 'greatest(orders.occurred_at, others.occurred_at)') }} as gap,
        {{ seconds_between('least(orders.occurred_at, others.occurred_at)', 'greatest(orders.occurred_at, others.occurred_at)') }}
        <= 86400
        -- A deal is closed when somebody gets round to it.
        or orders.is_copy or others.is_copy as is_near,
        coalesce(orders.person_key = others.person_key, false) as is_same_person,
        orders.names_person and others.names_person as are_both_named,
        orders.is_tracking and others.is_tracking as are_of_two_sites,
        orders.currency = others.currency
        and orders.revenue >= {{ var('order_match_minimum_share') }} * others.revenue
        and others.revenue >= {{ var('order_match_minimum_share') }} * orders.revenue as is_similar_amount,
        case when orders.is_copy then orders.order_key else others.order_key end as deal_key,
        -- Of the orders with the id that a deal names, the shop's is meant before a tag's report of it.
        case when orders.is_tracking or others.is_tracking then 2 else 1 end as likelihood,
        orders.is_copy <> others.is_copy and (orders.names_order or others.names_order) as is_named
    from orders
    inner join orders as others
        on orders.order_id = others.order_id and orders.order_namespace < others.order_namespace
    left join same_orders on orders.reporter = same_orders.reporter and others.reporter = same_orders.other_reporter
    left join separate_orders
        on
            orders.order_namespace = separate_orders.order_namespace
            and others.order_namespace = separate_orders.other_namespace
    where orders.is_separate = false and others.is_separate = false and separate_orders.order_namespace is null

),

-- An id that two shops have used names neither of their orders.
named as (

    select
        deal_key,
        likelihood,
        count(*) as orders,
        row_number() over (partition by deal_key order by likelihood) as place
    from namesakes
    where is_named
    group by deal_key, likelihood

),

agreeing as (

    select namesakes.*
    from namesakes
    left join named
        on
            namesakes.is_named
            and namesakes.deal_key = named.deal_key
            and namesakes.likelihood = named.likelihood
            and named.place = 1
            and named.orders = 1
    where
        namesakes.is_declared
        or named.deal_key is not null
        or (
            namesakes.is_near
            and case
                -- Two properties of a tracker are two shops, which number their orders alike, or the second one gathers
                -- those of several: then the person and about the amount are the same.
                when namesakes.are_of_two_sites then namesakes.is_same_person and namesakes.is_similar_amount
                else namesakes.is_same_person or (namesakes.are_both_named = false and namesakes.is_similar_amount)
            end
        )

),

agreeing_sides as (

    select
        order_key,
        other_order_key,
        other_namespace,
        is_declared,
        is_same_person,
        coalesce(is_similar_amount, false) as is_similar_amount,
        gap
    from agreeing
    union all
    select
        other_order_key,
        order_key,
        order_namespace,
        is_declared,
        is_same_person,
        coalesce(is_similar_amount, false),
        gap
    from agreeing

),

ranked_sides as (

    select
        *,
        row_number() over (
            partition by order_key
            order by is_declared desc, is_same_person desc, is_similar_amount desc, gap, other_namespace
        ) as place
    from agreeing_sides

),

-- Two shops number alike, and a third system has a report with that id: it is of the order that agrees with it best.
outranked as (

    select distinct
        sides.order_key,
        sides.other_order_key
    from ranked_sides as sides
    inner join ranked_sides as better on sides.order_key = better.order_key and sides.place > better.place
    inner join separate_orders
        on
            sides.other_namespace = separate_orders.order_namespace
            and better.other_namespace = separate_orders.other_namespace

),

best_sides as (

    select sides.*
    from agreeing_sides as sides
    left join outranked on sides.order_key = outranked.order_key and sides.other_order_key = outranked.other_order_key
    left join outranked as outranked_there
        on sides.order_key = outranked_there.other_order_key and sides.other_order_key = outranked_there.order_key
    where outranked.order_key is null and outranked_there.order_key is null

),

-- Nor are reports of the two shops' orders by a third and a fourth system one order.
of_two_shops as (

    select distinct
        sides.order_key,
        sides.other_order_key
    from best_sides as sides
    inner join best_sides as own on sides.order_key = own.order_key
    inner join best_sides as others on sides.other_order_key = others.order_key
    inner join separate_orders
        on
            own.other_namespace = separate_orders.order_namespace
            and others.other_namespace = separate_orders.other_namespace

),

matched_by_id as (

    select
        agreeing.order_key,
        agreeing.other_order_key,
        case when agreeing.is_declared then 'same_orders_as' else 'order_id' end as match_rule
    from agreeing
    inner join best_sides
        on agreeing.order_key = best_sides.order_key and agreeing.other_order_key = best_sides.other_order_key
    left join of_two_shops
        on agreeing.order_key = of_two_shops.order_key and agreeing.other_order_key = of_two_shops.other_order_key
    where of_two_shops.order_key is null

)

select * from matched_by_id
