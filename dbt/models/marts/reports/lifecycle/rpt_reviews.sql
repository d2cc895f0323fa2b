{%- set days = var('review_days') -%}
{%- set click_days = var('email_response_days') -%}
{%- set invitation_days = var('review_invitation_days') -%}
{%- set known_until = outcome_watermark('micro_conversion', 'trustpilot_review') -%}
{%- set sent_until = outcome_watermark('micro_conversion', 'email_click') -%}
{%- set proxies = {
    'earlier_refund': ['has_refund', 'true'],
    'earlier_complaint': ['has_complaint', 'true'],
    'earlier_low_rating': ['has_low_rating', 'has_rating'],
    'repeat_customer': ['is_repeat_customer', 'not is_left_truncated'],
} %}
with

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

observable as (

    select is_observable as has_reviews
    from {{ ref('int_observable_micro_conversions') }}
    where micro_conversion = 'trustpilot_review'

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}
    where goal_micro_conversion = 'review_invitation_click'

),

sends as (

    select * from {{ ref('fct_email_sends') }}
    where person_key is not null and campaign_key in (select campaign_key from campaigns)

),

-- The sends of e-mails have no second invitation by one e-mail to the same address; events have.
invitations as (

    select
        person_key,
        occurred_at
    from {{ ref('fct_events') }}
    where
        campaign_key in (select campaign_key from campaigns) and person_key is not null
        and event_name in {{ email_event_names('send') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

events as (

    select * from {{ ref('fct_events') }}
    where
        micro_conversion in (
            select micro_conversion
            from lineage
            where counts_as = 'trustpilot_review'
        )

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

    select
        micro_conversions.person_key,
        micro_conversions.occurred_at,
        try_cast(coalesce(
            {{ json_text('events.properties', "'stars'") }}, {{ json_text('events.properties', "'rating'") }}
        ) as double) as stars
    from micro_conversions
    inner join lineage
        on
            micro_conversions.micro_conversion = lineage.micro_conversion
            and lineage.counts_as = 'trustpilot_review'
    inner join events on micro_conversions.event_id = events.event_id

),

invited as (

    select
        person_key,
        min(sent_at) as sent_at,
        min(delivered_at) as delivered_at,
        max(case when opens_observable = 'yes' then 1 else 0 end) = 1 as is_observable,
        min(coalesce(first_human_open_at, first_human_click_at)) as opened_at,
        min(first_human_click_at) as clicked_at
    from sends
    where sent_at is not null
    group by person_key

),

review_after as (

    select
        invited.person_key,
        min(reviews.occurred_at) as reviewed_at
    from invited
    inner join reviews on invited.person_key = reviews.person_key and invited.sent_at <= reviews.occurred_at
    group by invited.person_key

),

followed as (

    select
        invited.person_key,
        invited.delivered_at is not null as is_delivered,
        invited.is_observable,
        {{ exposure_is_mature('invited.sent_at', click_days, sent_until) }} as is_mature_click,
        {{ exposure_is_mature('invited.sent_at', days, known_until) }} as is_mature_review,
        coalesce(invited.opened_at <= {{ plus_days('invited.sent_at', click_days) }}, false) as has_opened,
        coalesce(invited.clicked_at <= {{ plus_days('invited.sent_at', click_days) }}, false) as has_clicked,
        coalesce(review_after.reviewed_at <= {{ plus_days('invited.sent_at', days) }}, false) as has_reviewed,
        {{ is_after_begin('invited.sent_at', ['trustpilot_review']) }} as is_review_known
    from invited
    left join review_after on invited.person_key = review_after.person_key

),

-- Each step over the invited who can be seen to take it and had the time to.
steps as (

    select
        1 as step_number,
        'invited' as step,
        count(*) as persons,
        0 as immature_persons,
        count(case when is_delivered then 1 end) as reached
    from followed
    union all
    select
        2,
        'opened',
        count(case when is_delivered and is_observable and is_mature_click then 1 end),
        count(case when is_delivered and is_observable and not is_mature_click then 1 end),
        count(case when is_delivered and is_observable and is_mature_click and has_opened then 1 end)
    from followed
    union all
    select
        3,
        'clicked',
        count(case when is_delivered and is_mature_click then 1 end),
        count(case when is_delivered and not is_mature_click then 1 end),
        count(case when is_delivered and is_mature_click and has_clicked then 1 end)
    from followed
    union all
    select
        4,
        'reviewed',
        count(case when is_delivered and is_review_known and is_mature_review then 1 end),
        count(case when is_delivered and is_review_known and not is_mature_review then 1 end),
        count(case when is_delivered and is_review_known and is_mature_review and has_reviewed then 1 end)
    from followed

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
        {{ exposure_is_mature('orders.occurred_at', invitation_days, sent_until) }}
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
        person_key,
        min(case when stars <= 3 then occurred_at end) as low_at,
        min(case when stars is not null then occurred_at end) as rated_at
    from reviews
    group by person_key

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
        coalesce(first_low_ratings.rated_at < last_orders.ordered_at, false) as has_rating
    from last_orders
    left join invited_orders on last_orders.person_key = invited_orders.person_key
    left join left_truncated_persons on last_orders.person_key = left_truncated_persons.person_key
    left join first_refunds on last_orders.person_key = first_refunds.person_key
    left join first_complaints on last_orders.person_key = first_complaints.person_key
    left join first_low_ratings on last_orders.person_key = first_low_ratings.person_key

),

-- Of who was there before the data begin an earlier order may be missing; a rating is compared among who gave one.
groups as (

    {%- for proxy, (flag, among) in proxies.items() %}
    select
        '{{ proxy }}' as proxy,
        count(case when {{ among }} and {{ flag }} then 1 end) as persons,
        count(case when {{ among }} and {{ flag }} and is_invited then 1 end) as reached,
        count(case when {{ among }} and not {{ flag }} then 1 end) as other_persons,
        count(case when {{ among }} and not {{ flag }} and is_invited then 1 end) as other_reached
    from customers
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

differences as (

    select
        *,
        reached / cast(nullif(persons, 0) as double) - other_reached / cast(nullif(other_persons, 0) as double)
            as difference,
        {{ newcombe_interval('reached', 'persons', 'other_reached', 'other_persons', 'lower') }} as difference_lower,
        {{ newcombe_interval('reached', 'persons', 'other_reached', 'other_persons', 'upper') }} as difference_upper
    from groups

),

invitation_counts as (

    select count(*) as persons
    from invited

)

select
    'step' as row_type,
    steps.step as row_name,
    steps.step_number,
    'known' as person_population,
    case
        when steps.step = 'reviewed'
            then {{ lifecycle_status('observable.has_reviews', 'steps.persons', 'steps.immature_persons') }}
        else {{ lifecycle_status('exists (select 1 from campaigns)', 'steps.persons', 'steps.immature_persons') }}
    end as status,
    case
        when steps.step = 'reviewed' and coalesce(observable.has_reviews, false) = false
            then 'No source reports trustpilot_review.'
        when not exists (select 1 from campaigns) then 'No campaign invites to reviews (tag review_request of seed campaign_goals).'
    end as reason,
    case steps.step when 'reviewed' then {{ days }} when 'invited' then 0 else {{ click_days }} end as window_days,
    cast(steps.persons as bigint) as persons,
    cast(steps.immature_persons as bigint) as immature_persons,
    steps.immature_persons = 0 as is_mature,
    case when steps.step <> 'reviewed' or observable.has_reviews then cast(steps.reached as bigint) end as reached,
    case
        when steps.step <> 'reviewed' or observable.has_reviews
            then steps.reached / cast(nullif(steps.persons, 0) as double)
    end as rate,
    case
        when steps.step <> 'reviewed' or observable.has_reviews
            then {{ wilson_interval('steps.reached', 'steps.persons', 'lower') }}
    end as lower,
    case
        when steps.step <> 'reviewed' or observable.has_reviews
            then {{ wilson_interval('steps.reached', 'steps.persons', 'upper') }}
    end as upper,
    cast(null as bigint) as other_persons,
    cast(null as bigint) as other_reached,
    cast(null as double) as other_rate,
    cast(null as double) as difference,
    cast(null as double) as difference_lower,
    cast(null as double) as difference_upper,
    cast(null as string) as verdict,
    'persons by their first invitation; opens over those whose opens can be seen, the others over the delivered; Wilson interval'
        as method
from steps
left join observable on true
union all
select
    'neutrality',
    differences.proxy,
    null,
    'known',
    {{ lifecycle_status('invitation_counts.persons > 0', 'least(differences.persons, differences.other_persons)', '0') }},
    case
        when invitation_counts.persons = 0 then 'No person was invited to a review.'
        when differences.proxy = 'earlier_low_rating' and differences.persons + differences.other_persons = 0
            then 'No source reports ratings that customers gave before an order.'
        when differences.proxy = 'earlier_refund' and not exists (select 1 from refunds)
            then 'No source reports refunds.'
        when differences.persons = 0 then 'No customer is known to have it before an order.'
    end,
    {{ invitation_days }},
    differences.persons,
    cast(0 as bigint),
    true,
    differences.reached,
    differences.reached / cast(nullif(differences.persons, 0) as double),
    {{ wilson_interval('differences.reached', 'differences.persons', 'lower') }},
    {{ wilson_interval('differences.reached', 'differences.persons', 'upper') }},
    differences.other_persons,
    differences.other_reached,
    differences.other_reached / cast(nullif(differences.other_persons, 0) as double),
    differences.difference,
    differences.difference_lower,
    differences.difference_upper,
    case
        when
            invitation_counts.persons = 0
            or least(differences.persons, differences.other_persons) < {{ var('action_minimum_persons') }}
            then 'insufficient'
        when differences.difference_lower > 0 or differences.difference_upper < 0 then 'not neutral'
        else 'no difference shown'
    end,
    'last order of each customer with {{ invitation_days }} days for an invitation: invited of those with it before the order, less of all others; Newcombe interval'
from differences
cross join invitation_counts
