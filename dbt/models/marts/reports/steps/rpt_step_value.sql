with

comparisons as (

    select *
    from {{ ref('int_step_impact_estimates') }}
    where outcome = 'net_revenue' and is_primary

),

landmark_counts as (

    select
        micro_conversion,
        sum(unconverted_orders) as unconverted_orders
    from {{ ref('int_step_landmark_counts') }}
    where landmark_days = {{ step_revenue_landmark() }}
    group by micro_conversion

),

lifetime_values as (

    select * from {{ ref('int_value_estimates') }}

),

rows_shown as (

    select
        'step' as subject_kind,
        cast(comparisons.micro_conversion as string) as subject,
        'against_others' as measure,
        {{ var('step_outcome_days') }} as horizon_days,
        comparisons.completers as persons,
        cast(null as bigint) as immature_persons,
        comparisons.completers_outcome as net_revenue,
        comparisons.completers_outcome / cast(nullif(comparisons.completers, 0) as double) as net_revenue_per_person,
        cast(null as double) as lower,
        cast(null as double) as upper,
        comparisons.others,
        comparisons.others_outcome / cast(nullif(comparisons.others, 0) as double) as others_net_revenue_per_person,
        comparisons.difference,
        comparisons.difference_lower,
        comparisons.difference_upper,
        comparisons.p_value,
        comparisons.q_value,
        landmark_counts.unconverted_orders,
        'at risk {{ step_revenue_landmark() }} days after the offer, completed by then against not, net revenue from there to the horizon; difference'
        || ' over strata of visits so far, engagement before, month and source of entry and whether the person was there before the'
        || ' data begin, jackknife over groups of persons; q over steps and outcomes of rpt_step_impact' as method
    from comparisons
    left join landmark_counts on comparisons.micro_conversion = landmark_counts.micro_conversion

    union all

    select
        subject_kind,
        subject,
        'lifetime_value',
        horizon_days,
        mature_persons,
        persons - mature_persons,
        revenue,
        mean,
        lower,
        upper,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        unconverted_orders,
        'known persons who were not there before the data begin, followed for the horizon since they first completed it, net revenue per person from there;'
        || ' jackknife over groups of persons; no comparison'
    from lifetime_values

)

select
    subject_kind,
    subject,
    measure,
    cast(horizon_days as integer) as horizon_days,
    persons,
    immature_persons,
    persons > 0 as is_mature,
    net_revenue,
    net_revenue_per_person,
    lower,
    upper,
    others,
    others_net_revenue_per_person,
    difference,
    difference_lower,
    difference_upper,
    p_value,
    q_value,
    '{{ var("reporting_currency") }}' as revenue_currency,
    cast(coalesce(unconverted_orders, 0) as bigint) as unconverted_orders,
    method
from rows_shown
