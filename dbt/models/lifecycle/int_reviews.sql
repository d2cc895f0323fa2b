{%- set days = var('review_days') -%}
with

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

invitations as (

    select * from {{ ref('int_review_invitations') }}

),

-- What became of a review has no row in the catalogue.
review_events as (

    select * from {{ ref('fct_events') }}
    where
        is_machine = false
        and (
            event_name in ('review_edited', 'review_removed', 'review_restored', 'review_relinked')
            or micro_conversion in (
                select lineage.micro_conversion
                from lineage
                where lineage.counts_as = 'trustpilot_review'
            )
        )

),

order_events as (

    select * from {{ ref('fct_events') }}
    where is_macro and order_id is not null and person_key is not null

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

described_events as (

    select
        event_id,
        person_key,
        occurred_at,
        micro_conversion is not null as is_written,
        event_name <> 'review_relinked' as is_of_review,
        coalesce({{ json_text('properties', "'review'") }}, cast(event_id as string)) as review,
        coalesce({{ try_number(json_text('properties', "'version'"), 'bigint') }}, 1) as version,
        {{ try_number(
            'coalesce(' ~ json_text('properties', "'stars'") ~ ', ' ~ json_text('properties', "'rating'") ~ ')', 'double'
        ) }} as stars,
        coalesce({{ json_text('properties', "'status'") }}, 'shown') <> 'removed' as is_shown,
        {{ json_text('properties', "'origin'") }} as origin,
        {{ json_text('properties', "'origin_name'") }} as origin_name,
        {{ json_text('properties', "'order_reference'") }} as order_reference,
        {{ json_text('properties', "'order_namespace'") }} as order_namespace
    from review_events

),

latest_states as (

    select
        *,
        row_number() over (partition by review order by version desc, event_id) as recency
    from described_events

),

whole_reviews as (

    select
        review,
        min(case when is_written then occurred_at end) as occurred_at,
        max(person_key) as person_key,
        max(case when recency = 1 then stars end) as stars,
        max(case when recency = 1 and is_shown then 1 else 0 end) = 1 as is_shown,
        max(case when recency = 1 then origin end) as origin,
        max(case when recency = 1 then origin_name end) as origin_name,
        max(case when recency = 1 then order_reference end) as order_reference,
        max(case when recency = 1 then order_namespace end) as order_namespace,
        count(case when is_of_review then 1 end) > 1 as is_changed
    from latest_states
    group by review

),

-- Every name that an order has: those of the systems that reported it, and those of the feeds' namespaces.
order_names as (

    select
        order_id,
        coalesce(feed, cast(source as string)) as namespaces,
        person_key
    from order_events
    union all
    select
        order_id,
        order_namespaces,
        person_key
    from macro_conversions
    where is_order and order_id is not null

),

-- A reference is the order's at any later time.
referred_orders as (

    select
        whole_reviews.review,
        max(order_names.person_key) as person_key
    from whole_reviews
    inner join order_names
        on
            whole_reviews.order_reference = order_names.order_id
            -- Of either there may be several, and one in common is enough.
            and (
                position(
                    ', ' || whole_reviews.order_namespace || ', ' in ', ' || order_names.namespaces || ', '
                ) > 0
                or position(
                    ', ' || order_names.namespaces || ', ' in ', ' || whole_reviews.order_namespace || ', '
                ) > 0
            )
    group by whole_reviews.review

),

reviews as (

    select
        whole_reviews.*,
        coalesce(whole_reviews.person_key, referred_orders.person_key) as reviewer_key,
        referred_orders.review is not null as is_linked
    from whole_reviews
    left join referred_orders on whole_reviews.review = referred_orders.review
    where whole_reviews.occurred_at is not null

),

invited_reviews as (

    select distinct reviews.review
    from reviews
    inner join invitations
        on
            reviews.reviewer_key = invitations.person_key
            and reviews.occurred_at >= invitations.occurred_at
            and reviews.occurred_at <= {{ plus_days('invitations.occurred_at', days) }}

)

-- Asked by an e-mail or by the review site's own word; who was sent by a link on the site is on neither side.
select
    reviews.review,
    reviews.occurred_at,
    reviews.reviewer_key,
    reviews.stars,
    reviews.is_shown,
    reviews.is_changed,
    reviews.origin_name,
    reviews.order_reference,
    reviews.order_namespace,
    reviews.is_linked,
    case
        when invited_reviews.review is not null or reviews.origin = 'invited' then 'invited'
        when reviews.origin is null or reviews.origin = 'organic' then 'organic'
    end as side
from reviews
left join invited_reviews on reviews.review = invited_reviews.review
