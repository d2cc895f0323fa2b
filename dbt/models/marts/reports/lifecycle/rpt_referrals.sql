{%- set days = var('referral_days') -%}
{%- set activity_until = outcome_watermark('activity') -%}
{%- set orders_until = outcome_watermark('macro_conversion') -%}
{%- set z = normal_quantile() -%}
{#- What has to be observable for each row, and what it counts. -#}
{%- set counted = {
    'referred_sign_ups': 'referral_signup',
    'forwards': 'forward_to_friend',
    'share_clicks': 'social_share_click',
    'shared_link_clicks': 'shared_link_click',
    'referred_purchases': 'referred_customer_purchase',
} %}
with

edges as (

    select * from {{ ref('int_referral_edges') }}

),

observable as (

    select
        micro_conversion,
        is_observable
    from {{ ref('int_observable_micro_conversions') }}

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

statistics as (

    {{ reported_forwards() }}

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

act_counts as (

    select
        act,
        count(*) as acts,
        count(distinct person_key) as persons
    from acts
    group by act

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
        and {{ exposure_is_mature('persons.first_seen_at', days, activity_until) }}
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
            'first_orders.first_ordered_at', days, 'least(' ~ activity_until ~ ', ' ~ orders_until ~ ')'
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

),

-- Whole numbers until the last step: sums of fractions depend on the order of rows.
sums as (

    select
        measure,
        of_whom,
        count(*) as persons,
        cast(sum(n) as bigint) as total,
        cast(sum(n * n) as bigint) as squares
    from per_person
    group by measure, of_whom

),

means as (

    select
        *,
        total / cast(persons as double) as mean,
        greatest(
            1,
            coalesce(
                (squares - total * total / cast(persons as double)) / cast(nullif(persons - 1, 0) as double)
                / nullif(total / cast(persons as double), 0),
                1
            )
        ) as dispersion
    from sums

),

lifts as (

    select
        referred_customers.measure,
        referred_customers.persons,
        others.persons as other_persons,
        referred_customers.total,
        others.total as other_total,
        case when referred_customers.total > 0 and others.total > 0 then referred_customers.mean / others.mean end as ratio,
        case
            when referred_customers.total > 0 and others.total > 0
                then sqrt(
                    referred_customers.dispersion / referred_customers.total + others.dispersion / others.total
                )
        end as log_error
    from means as referred_customers
    inner join means as others
        on
            referred_customers.measure = others.measure
            and referred_customers.of_whom = 'referred'
            and others.of_whom = 'not_referred'

),

known_edges as (

    select
        count(*) as edges,
        count(distinct referrer_key) as referrers,
        count(distinct referred_key) as referred
    from edges

),

followed_persons as (

    select
        count(*) as persons,
        count(case when referrals > 0 then 1 end) as referrers
    from referral_counts
    where of_whom = 'person'

),

measured as (

    select
        'known_referrals' as measure,
        'all' as of_whom,
        referred as persons,
        edges as total,
        cast(edges as double) as estimate,
        cast(null as double) as lower,
        cast(null as double) as upper,
        'pairs of a referrer and a referred person that forwarded e-mails and feeds show' as method,
        case when edges = 0 then 'No source shows who referred whom.' end as reason
    from known_edges
    union all
    select
        'referrer_share',
        'all',
        followed_persons.persons,
        followed_persons.referrers,
        followed_persons.referrers / cast(nullif(followed_persons.persons, 0) as double),
        {{ wilson_interval('followed_persons.referrers', 'followed_persons.persons', 'lower') }},
        {{ wilson_interval('followed_persons.referrers', 'followed_persons.persons', 'upper') }},
        'known persons who referred anybody within {{ days }} days of the first contact; Wilson interval',
        case when known_edges.edges = 0 then 'No source shows who referred whom.' end
    from followed_persons
    cross join known_edges
    union all
    select
        means.measure,
        means.of_whom,
        means.persons,
        means.total,
        means.mean,
        {%- for sign in ['-', '+'] %}
        (
            means.total + means.dispersion * {{ z }} * {{ z }} / 2
            {{ sign }} {{ z }} * sqrt(means.dispersion * means.total + power(means.dispersion * {{ z }} / 2, 2))
        ) / means.persons,
        {%- endfor %}
        case means.measure
            when 'branching_factor'
                then 'referred persons per known person within {{ days }} days of the first contact; score limits of a count, as wide as it varies between persons'
            when 'referrals_per_customer'
                then 'referred persons per known customer within {{ days }} days of the first order; score limits of a count, as wide as it varies between persons'
            else 'orders per known customer within {{ days }} days after the first; score limits of a count, as wide as it varies between persons'
        end,
        case
            when known_edges.edges = 0 and means.measure <> 'purchases_per_customer' then 'No source shows who referred whom.'
        end
    from means
    cross join known_edges
    union all
    select
        case measure when 'referrals_per_customer' then 'referral_lift' else 'purchase_lift' end,
        'referred',
        persons + other_persons,
        total + other_total,
        ratio - 1,
        ratio * exp(-{{ z }} * log_error) - 1,
        ratio * exp({{ z }} * log_error) - 1,
        'ratio of means per customer, referred to others, less one; log-normal interval by person, {{ days }} days of each',
        case when ratio is null then 'Too few of the referred or of the others did it.' end
    from lifts

),

counted as (

    {%- for measure, act in counted.items() %}
    select
        '{{ measure }}' as measure,
        '{{ act }}' as act
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- Every row is there, whether or not anything stands behind it.
expected as (

    {%- for measure, groups in {
        'known_referrals': ['all'], 'referrer_share': ['all'], 'branching_factor': ['all'],
        'referrals_per_customer': ['referred', 'not_referred'], 'purchases_per_customer': ['referred', 'not_referred'],
        'referral_lift': ['referred'], 'purchase_lift': ['referred'],
    }.items() %}
    {%- set is_last = loop.last %}
    {%- for of_whom in groups %}
    select
        '{{ measure }}' as measure,
        '{{ of_whom }}' as of_whom
    {{ 'union all' if not (loop.last and is_last) }}
    {%- endfor %}
    {%- endfor %}

)

select
    expected.measure,
    expected.of_whom,
    'known' as person_population,
    case
        when measured.reason is not null and known_edges.edges = 0 then 'not observable'
        when coalesce(measured.persons, 0) = 0 then 'none yet'
        else 'measured'
    end as status,
    coalesce(
        measured.reason,
        case when coalesce(measured.persons, 0) = 0 then 'No person has been followed for {{ days }} days.' end
    ) as reason,
    {{ days }} as window_days,
    cast(coalesce(measured.persons, 0) as bigint) as persons,
    cast(measured.total as bigint) as total,
    measured.estimate,
    measured.lower,
    measured.upper,
    coalesce(measured.method, 'persons followed for {{ days }} days') as method
from expected
cross join known_edges
left join measured on expected.measure = measured.measure and expected.of_whom = measured.of_whom
union all
select
    counted.measure,
    'all',
    'known',
    case
        when coalesce(observable.is_observable, false) = false then 'not observable'
        when act_counts.acts is null then 'none yet'
        else 'measured'
    end,
    case when coalesce(observable.is_observable, false) = false then 'No source reports ' || counted.act || '.' end,
    null,
    coalesce(act_counts.persons, 0),
    case when observable.is_observable then coalesce(act_counts.acts, 0) end,
    null,
    null,
    null,
    'acts of known persons; no rate'
from counted
left join observable on counted.act = observable.micro_conversion
left join act_counts on counted.act = act_counts.act
union all
select
    'reported_forwards',
    'all',
    'none',
    case when max(campaigns) > 0 then 'measured' else 'not observable' end,
    case
        when max(campaigns) > 0 then 'The source gives a count per campaign and no persons.'
        else 'No source reports numbers of forwards.'
    end,
    null,
    0,
    case when max(campaigns) > 0 then cast(sum(forwards) as bigint) end,
    null,
    null,
    null,
    'sum of the e-mail services'' own counts per campaign'
from statistics
