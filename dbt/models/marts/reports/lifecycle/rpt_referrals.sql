{%- set days = var('referral_days') -%}
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

referral_counts as (

    select * from {{ ref('int_referral_counts') }}

),

observable as (

    select
        micro_conversion,
        is_observable
    from {{ ref('int_observable_micro_conversions') }}

),

statistics as (

    {{ reported_forwards() }}

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
    from referral_counts
    where squares is not null

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
        persons,
        total as edges
    from referral_counts
    where measure = 'known_referrals'

),

followed_persons as (

    select
        persons,
        total as referrers
    from referral_counts
    where measure = 'referrer_share'

),

measured as (

    select
        'known_referrals' as measure,
        'all' as of_whom,
        persons,
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
        when act_counts.total is null then 'none yet'
        else 'measured'
    end,
    case when coalesce(observable.is_observable, false) = false then 'No source reports ' || counted.act || '.' end,
    null,
    coalesce(act_counts.persons, 0),
    case when observable.is_observable then coalesce(act_counts.total, 0) end,
    null,
    null,
    null,
    'acts of known persons; no rate'
from counted
left join observable on counted.act = observable.micro_conversion
left join referral_counts as act_counts on counted.act = act_counts.measure
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
