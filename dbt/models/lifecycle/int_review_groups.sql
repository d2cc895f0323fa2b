{%- set invitation_days = var('review_invitation_days') -%}
{%- set sent_until = outcome_watermark('micro_conversion', 'email_click') -%}
{%- set sent_from = outcome_known_from('micro_conversion', 'email_click') -%}
{%- set proxies = {
    'earlier_refund': ['has_refund', 'true'],
    'earlier_complaint': ['has_complaint', 'true'],
    'earlier_low_rating': ['has_low_rating', 'has_rating'],
    'repeat_customer': ['is_repeat_customer', 'not is_left_truncated'],
    'order_refunded': ['is_order_refunded', 'true'],
} %}
{%- set ratings = {'five_stars': 'stars = 5', 'at_most_three_stars': 'stars <= 3'} -%}
with

invitations as (

    select * from {{ ref('int_review_invitations') }}

),

orders as (

    select
        person_key,
        occurred_at,
        row_number() over (partition by person_key order by occurred_at, macro_conversion_id) as order_number
    from {{ ref('fct_macro_conversions') }}
    where is_order and person_key is not null

),

refunds as (

    select * from {{ ref('fct_refunds') }}
    where person_key is not null

),

persons as (

    select * from {{ ref('dim_persons') }}
    where person_kind <> 'device'

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

reviews as (

    select * from {{ ref('int_reviews') }}

),

-- Of each customer the last order that leaves time for an invitation: what was known of the customer before it.
last_orders as (

    select
        orders.person_key,
        max(orders.occurred_at) as ordered_at,
        max(orders.order_number) as order_number
    from orders
    inner join persons on orders.person_key = persons.person_key
    where
        {{ exposure_is_mature('orders.occurred_at', invitation_days, sent_until, sent_from) }}
        and orders.occurred_at >= (select min(sent_at) from {{ ref('fct_email_sends') }})
    group by orders.person_key

),

invited_orders as (

    select distinct last_orders.person_key
    from last_orders
    inner join invitations
        on
            last_orders.person_key = invitations.person_key
            and invitations.occurred_at >= last_orders.ordered_at
            and invitations.occurred_at <= {{ plus_days('last_orders.ordered_at', invitation_days) }}

),

first_refunds as (

    select
        person_key,
        min(occurred_at) as occurred_at
    from refunds
    group by person_key

),

first_complaints as (

    select
        person_key,
        min(complained_at) as occurred_at
    from {{ ref('fct_email_sends') }}
    where person_key is not null and complained_at is not null
    group by person_key

),

first_low_ratings as (

    select
        reviewer_key as person_key,
        min(case when stars <= 3 then occurred_at end) as low_at,
        min(case when stars is not null then occurred_at end) as rated_at
    from reviews
    where reviewer_key is not null
    group by reviewer_key

),

refunds_of_last_orders as (

    select distinct last_orders.person_key
    from last_orders
    inner join refunds
        on
            last_orders.person_key = refunds.person_key
            and refunds.occurred_at >= last_orders.ordered_at
            and refunds.occurred_at <= {{ plus_days('last_orders.ordered_at', invitation_days) }}

),

customers as (

    select
        last_orders.person_key,
        invited_orders.person_key is not null as is_invited,
        last_orders.order_number > 1 as is_repeat_customer,
        left_truncated_persons.person_key is not null as is_left_truncated,
        coalesce(first_refunds.occurred_at < last_orders.ordered_at, false) as has_refund,
        coalesce(first_complaints.occurred_at < last_orders.ordered_at, false) as has_complaint,
        coalesce(first_low_ratings.low_at < last_orders.ordered_at, false) as has_low_rating,
        coalesce(first_low_ratings.rated_at < last_orders.ordered_at, false) as has_rating,
        refunds_of_last_orders.person_key is not null as is_order_refunded
    from last_orders
    left join invited_orders on last_orders.person_key = invited_orders.person_key
    left join left_truncated_persons on last_orders.person_key = left_truncated_persons.person_key
    left join first_refunds on last_orders.person_key = first_refunds.person_key
    left join first_complaints on last_orders.person_key = first_complaints.person_key
    left join first_low_ratings on last_orders.person_key = first_low_ratings.person_key
    left join refunds_of_last_orders on last_orders.person_key = refunds_of_last_orders.person_key

),

rated_reviews as (

    select * from reviews
    where is_shown and stars is not null

),

-- Of who was there before the data begin an earlier order may be missing; a rating is compared among who gave one.
groups as (

    {%- for proxy, (flag, among) in proxies.items() %}
    select
        'neutrality' as row_type,
        '{{ proxy }}' as row_name,
        count(case when {{ among }} and {{ flag }} then 1 end) as persons,
        count(case when {{ among }} and {{ flag }} and is_invited then 1 end) as reached,
        count(case when {{ among }} and not {{ flag }} then 1 end) as other_persons,
        count(case when {{ among }} and not {{ flag }} and is_invited then 1 end) as other_reached
    from customers
    union all
    {%- endfor %}
    {%- for rating, condition in ratings.items() %}
    select
        'rating',
        '{{ rating }}',
        count(case when side = 'invited' then 1 end),
        count(case when side = 'invited' and {{ condition }} then 1 end),
        count(case when side = 'organic' then 1 end),
        count(case when side = 'organic' and {{ condition }} then 1 end)
    from rated_reviews
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from groups
