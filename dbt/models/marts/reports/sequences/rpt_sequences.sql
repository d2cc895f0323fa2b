with

plans as (

    select * from {{ ref('int_sequence_plans') }}

),

estimates as (

    select * from {{ ref('int_sequence_estimates') }}

),

claims as (

    select
        expected_low,
        expected_high
    from {{ ref('claims') }}
    where claim_id = 'sequence_multiplier_2_3'

),

-- A sequence that no person entered, or that these sources cannot show, has one row that says so.
rows_shown as (

    select
        plans.sequence_id,
        plans.micro_conversion as completing_step,
        plans.is_observable,
        plans.has_way,
        estimates.landmark_days,
        coalesce(estimates.is_primary, true) as is_primary,
        coalesce(estimates.completers, 0) as completers,
        coalesce(estimates.others, 0) as others,
        coalesce(estimates.completers_converted, 0) as completers_converted,
        coalesce(estimates.others_converted, 0) as others_converted,
        estimates.completers_revenue,
        estimates.others_revenue,
        coalesce(estimates.immature_persons, 0) as immature_persons,
        coalesce(estimates.unconverted_orders, 0) as unconverted_orders,
        estimates.multiplier,
        estimates.multiplier_lower,
        estimates.multiplier_upper,
        estimates.p_value,
        estimates.q_value,
        estimates.naive_multiplier,
        estimates.naive_multiplier_lower,
        estimates.naive_multiplier_upper,
        estimates.revenue_difference,
        estimates.revenue_difference_lower,
        estimates.revenue_difference_upper,
        claims.expected_low,
        claims.expected_high
    from plans
    left join estimates on plans.sequence_id = estimates.sequence_id
    left join claims on true

)

select
    sequence_id,
    completing_step,
    is_observable,
    cast(landmark_days as integer) as landmark_days,
    cast({{ var('step_outcome_days') }} as integer) as outcome_days,
    is_primary,
    completers,
    others,
    immature_persons,
    completers + others > 0 as is_mature,
    completers_converted,
    others_converted,
    completers_converted / cast(nullif(completers, 0) as double) as completers_rate,
    others_converted / cast(nullif(others, 0) as double) as others_rate,
    multiplier,
    multiplier_lower,
    multiplier_upper,
    p_value,
    q_value,
    naive_multiplier,
    naive_multiplier_lower,
    naive_multiplier_upper,
    completers_revenue / cast(nullif(completers, 0) as double) as revenue_per_completer,
    others_revenue / cast(nullif(others, 0) as double) as revenue_per_other,
    revenue_difference,
    revenue_difference_lower,
    revenue_difference_upper,
    '{{ var("reporting_currency") }}' as revenue_currency,
    unconverted_orders,
    case
        when multiplier is not null then 'estimated'
        when not is_observable then 'insufficient: step cannot be observed'
        when not has_way then 'insufficient: entry alone'
        when completers + others = 0 then 'insufficient: nobody followed'
        when completers = 0 then 'insufficient: nobody completed it'
        else 'insufficient: too few conversions'
    end as status,
    case
        when completers + others < {{ var('path_minimum_persons') }} then 'insufficient'
        else {{ claim_verdict('multiplier_lower', 'multiplier_upper', 'expected_low', 'expected_high', '1') }}
    end as claim_verdict,
    'known persons, first entry each; completed by the landmark against not yet, strata of visits so far, engagement'
    || ' before the entry, former conversion, month and source of entry and whether the person was there before the data begin; Mantel-Haenszel, jackknife for revenue; q by'
    || ' Benjamini-Hochberg'
    || ' over all rows' as method
from rows_shown
