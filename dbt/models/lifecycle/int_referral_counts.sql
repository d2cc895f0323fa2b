{%- set days = var('referral_days') -%}
{%- set activity_until = outcome_watermark('activity') -%}
{%- set orders_until = outcome_watermark('macro_conversion') -%}
with

edges as (

    select * from {{ ref('int_referral_edges') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}
    where
        counts_as in (
            'referral_signup', 'forward_to_friend', 'shared_link_click', 'referred_customer_purchase', 'social_share_click'
        )

),

persons as (

    select
        persons.*,
        left_truncated_persons.person_key is not null as is_left_truncated
    from {{ ref('dim_persons') }} as persons
    left join {{ ref('int_left_truncated_persons') }} as left_truncated_persons
        on persons.person_key = left_truncated_persons.person_key
    where persons.person_kind <> 'device'

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}
    where is_known

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}
    where person_key is not null

),

acts as (

    select
        lineage.counts_as as act,
        micro_conversions.person_key,
        micro_conversions.occurred_at
    from micro_conversions
    inner join lineage on micro_conversions.micro_conversion = lineage.micro_conversion
    union all
    select
        lineage.counts_as,
        macro_conversions.person_key,
        macro_conversions.occurred_at
    from macro_conversions
    inner join lineage on macro_conversions.macro_conversion = lineage.micro_conversion

),

-- The referred person appears with the referral: a referral is as old as its person.
referred as (

    select
        edges.referrer_key,
        edges.referred_key,
        newcomers.first_seen_at as referred_at
    from edges
    inner join {{ ref('dim_persons') }} as newcomers on edges.referred_key = newcomers.person_key

),

first_orders as (

    select
        person_key,
        min(occurred_at) as first_ordered_at
    from macro_conversions
    where is_order
    group by person_key

),

-- Who is said to be referred only at a later order bought again to be so: that would select on what is compared.
referred_persons as (

    select referred_key as person_key
    from edges
    union
    select acts.person_key
    from acts
    left join first_orders on acts.person_key = first_orders.person_key
    where
        acts.act in ('referral_signup', 'referred_customer_purchase')
        and coalesce(acts.occurred_at <= first_orders.first_ordered_at, true)

),

-- Referrals are seen by e-mails: from before the first of them no one is followed.
known_from as (

    select min(sent_at) as sent_at
    from {{ ref('fct_email_sends') }}

),

-- Followed for the same number of days: everybody from the first contact, customers from the first order.
followed as (

    select
        'person' as of_whom,
        persons.person_key,
        persons.first_seen_at as followed_from
    from persons
    cross join known_from
    where
        persons.is_left_truncated = false and persons.first_seen_at >= known_from.sent_at
        and {{ exposure_is_mature('persons.first_seen_at', days, activity_until, outcome_known_from('activity')) }}
    union all
    select
        'customer',
        persons.person_key,
        first_orders.first_ordered_at
    from persons
    inner join first_orders on persons.person_key = first_orders.person_key
    cross join known_from
    where
        persons.is_left_truncated = false and first_orders.first_ordered_at >= known_from.sent_at
        and {{ exposure_is_mature(
            'first_orders.first_ordered_at', days, 'least(' ~ activity_until ~ ', ' ~ orders_until ~ ')',
            outcome_known_from('activity')
        ) }}

),

referral_counts as (

    select
        followed.of_whom,
        followed.person_key,
        count(referred.referred_key) as referrals
    from followed
    left join referred
        on
            followed.person_key = referred.referrer_key
            and referred.referred_at >= followed.followed_from
            and referred.referred_at <= {{ plus_days('followed.followed_from', days) }}
    group by followed.of_whom, followed.person_key

),

purchase_counts as (

    select
        followed.person_key,
        count(macro_conversions.occurred_at) as purchases
    from followed
    left join macro_conversions
        on
            followed.person_key = macro_conversions.person_key
            and macro_conversions.is_order
            and macro_conversions.occurred_at > followed.followed_from
            and macro_conversions.occurred_at <= {{ plus_days('followed.followed_from', days) }}
    where followed.of_whom = 'customer'
    group by followed.person_key

),

per_person as (

    select
        'branching_factor' as measure,
        'all' as of_whom,
        referral_counts.referrals as n
    from referral_counts
    where referral_counts.of_whom = 'person'
    union all
    select
        'referrals_per_customer',
        case when referred_persons.person_key is null then 'not_referred' else 'referred' end,
        referral_counts.referrals
    from referral_counts
    left join referred_persons on referral_counts.person_key = referred_persons.person_key
    where referral_counts.of_whom = 'customer'
    union all
    select
        'purchases_per_customer',
        case when referred_persons.person_key is null then 'not_referred' else 'referred' end,
        purchase_counts.purchases
    from purchase_counts
    left join referred_persons on purchase_counts.person_key = referred_persons.person_key

)

-- Whole numbers: sums of fractions depend on the order of rows.
select
    measure,
    of_whom,
    count(*) as persons,
    cast(sum(n) as bigint) as total,
    cast(sum(n * n) as bigint) as squares
from per_person
group by measure, of_whom
union all
select
    'referrer_share',
    'all',
    count(*),
    count(case when referrals > 0 then 1 end),
    null
from referral_counts
where of_whom = 'person'
union all
select
    'known_referrals',
    'all',
    count(distinct referred_key),
    count(*),
    null
from edges
union all
select
    act,
    'all',
    count(distinct person_key),
    count(*),
    null
from acts
group by act
