{%- set days = var('review_days') -%}
{%- set click_days = var('email_response_days') -%}
{%- set invitation_days = var('review_invitation_days') -%}
{%- set known_until = outcome_watermark('micro_conversion', 'trustpilot_review') -%}
{%- set known_from = outcome_known_from('micro_conversion', 'trustpilot_review') -%}
{%- set sent_until = outcome_watermark('micro_conversion', 'email_click') -%}
{%- set sent_from = outcome_known_from('micro_conversion', 'email_click') -%}
{%- set no_namespace = 'The source of the reviews declares no namespace of their references (README, sources).' -%}
with

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

refunds as (

    select * from {{ ref('fct_refunds') }}
    where person_key is not null

),

reviews as (

    select * from {{ ref('int_reviews') }}

),

groups as (

    select * from {{ ref('int_review_groups') }}

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
    inner join reviews on invited.person_key = reviews.reviewer_key and invited.sent_at <= reviews.occurred_at
    group by invited.person_key

),

followed as (

    select
        invited.person_key,
        invited.delivered_at is not null as is_delivered,
        invited.is_observable,
        {{ exposure_is_mature('invited.sent_at', click_days, sent_until, sent_from) }} as is_mature_click,
        {{ exposure_is_immature('invited.sent_at', click_days, sent_until, sent_from) }} as is_immature_click,
        {{ exposure_is_mature('invited.sent_at', days, known_until, known_from) }} as is_mature_review,
        coalesce(invited.opened_at <= {{ plus_days('invited.sent_at', click_days) }}, false) as has_opened,
        coalesce(invited.clicked_at <= {{ plus_days('invited.sent_at', click_days) }}, false) as has_clicked,
        coalesce(review_after.reviewed_at <= {{ plus_days('invited.sent_at', days) }}, false) as has_reviewed,
        {{ is_after_begin('invited.sent_at', known_from) }} as is_review_known
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
        count(case when is_delivered and is_observable and is_immature_click then 1 end),
        count(case when is_delivered and is_observable and is_mature_click and has_opened then 1 end)
    from followed
    union all
    select
        3,
        'clicked',
        count(case when is_delivered and is_mature_click then 1 end),
        count(case when is_delivered and is_immature_click then 1 end),
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

rated_reviews as (

    select * from reviews
    where is_shown and stars is not null

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

-- Of all reviews: how their writers came, whose reference is a known order, and what became of them.
review_counts as (

    select
        'origin' as row_type,
        coalesce(origin_name, 'not stated') as row_name,
        count(*) as persons,
        count(case when stars = 5 then 1 end) as reached,
        'shown reviews by the site''s own word for how their writers came to it: those with five stars; Wilson interval' as method
    from rated_reviews
    group by coalesce(origin_name, 'not stated')
    union all
    select
        'reference',
        'order',
        count(order_reference),
        count(case when is_linked then 1 end),
        'reviews that name an order: those whose order is known in the declared namespace; Wilson interval'
    from reviews
    union all
    select
        'change',
        'changed',
        count(*),
        count(case when is_changed then 1 end),
        'reviews: those edited, taken down or shown again since they were first read; Wilson interval'
    from reviews
    union all
    select
        'change',
        'removed',
        count(*),
        count(case when is_shown = false then 1 end),
        'reviews: those that the site says it has taken down; Wilson interval'
    from reviews

),

namespaces as (

    select max(order_namespace) as order_namespace
    from reviews

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
    differences.row_type,
    differences.row_name,
    null,
    case differences.row_type when 'rating' then 'all' else 'known' end,
    case
        when differences.row_type = 'rating'
            then {{ lifecycle_status('observable.has_reviews', 'least(differences.persons, differences.other_persons)', '0') }}
        else
            {{ lifecycle_status('invitation_counts.persons > 0', 'least(differences.persons, differences.other_persons)', '0') }}
    end,
    case
        when differences.row_type = 'rating' and coalesce(observable.has_reviews, false) = false
            then 'No source reports trustpilot_review.'
        when differences.row_type = 'rating' and differences.persons = 0 then 'No review is known to be invited.'
        when differences.row_type = 'rating' and differences.other_persons = 0 then 'Every review is invited.'
        when differences.row_type = 'rating' and (differences.difference_lower > 0 or differences.difference_upper < 0)
            then 'Invited reviews differ from others in their stars; who writes unasked is self-selected, so see the rows of neutrality for who is asked.'
        when differences.row_type = 'rating' then null
        when invitation_counts.persons = 0 then 'No person was invited to a review.'
        when differences.row_name = 'earlier_low_rating' and differences.persons + differences.other_persons = 0
            then 'No source reports ratings that customers gave before an order.'
        when differences.row_name in ('earlier_refund', 'order_refunded') and not exists (select 1 from refunds)
            then 'No source reports refunds.'
        when differences.row_name = 'order_refunded' and differences.persons = 0
            then 'No order was refunded in the days in which its customer may be invited.'
        when differences.persons = 0 then 'No customer is known to have it before an order.'
        when
            least(differences.persons, differences.other_persons) >= {{ var('action_minimum_persons') }}
            and (differences.difference_lower > 0 or differences.difference_upper < 0)
            then case differences.row_name
                when 'repeat_customer' then 'Customers who came again are not invited like others.'
                when 'earlier_complaint' then 'Who complained of spam is not written to like others: their reviews are missing, or others are.'
                else 'Customers are invited by what they may think: review sites forbid to ask only satisfied ones, so invite every customer.'
            end
    end,
    case differences.row_type when 'rating' then {{ days }} else {{ invitation_days }} end,
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
            (differences.row_type = 'neutrality' and invitation_counts.persons = 0)
            or least(differences.persons, differences.other_persons) < {{ var('action_minimum_persons') }}
            then 'insufficient'
        when differences.difference_lower > 0 or differences.difference_upper < 0
            then case differences.row_type when 'rating' then 'different' else 'not neutral' end
        else 'no difference shown'
    end,
    case differences.row_type
        when 'rating'
            then 'shown reviews of who was invited, by e-mail in the {{ days }} days before or by the site''s own word, less all others; Newcombe interval'
        else
            'last order of each customer with {{ invitation_days }} days for an invitation: invited of those with it, less of all others; Newcombe interval'
    end
from differences
cross join invitation_counts
left join observable on true
union all
select
    review_counts.row_type,
    review_counts.row_name,
    null,
    'all',
    {{ lifecycle_status('observable.has_reviews', 'review_counts.persons', '0') }},
    case
        when coalesce(observable.has_reviews, false) = false then 'No source reports trustpilot_review.'
        when review_counts.row_type = 'reference' and review_counts.persons > 0 and namespaces.order_namespace is null
            then '{{ no_namespace }}'
    end,
    null,
    review_counts.persons,
    cast(0 as bigint),
    true,
    review_counts.reached,
    review_counts.reached / cast(nullif(review_counts.persons, 0) as double),
    {{ wilson_interval('review_counts.reached', 'review_counts.persons', 'lower') }},
    {{ wilson_interval('review_counts.reached', 'review_counts.persons', 'upper') }},
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    review_counts.method
from review_counts
cross join namespaces
left join observable on true
