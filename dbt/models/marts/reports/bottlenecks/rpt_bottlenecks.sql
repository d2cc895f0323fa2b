with

counts as (

    select *
    from {{ ref('int_bottleneck_counts') }}
    where slice_type = 'all'

),

estimates as (

    select * from {{ ref('int_bottleneck_estimates') }}

),

evidence as (

    select * from {{ ref('int_bottleneck_evidence') }}

),

bottleneck_types as (

    select * from {{ ref('bottleneck_types') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

tests as (

    select
        metric as micro_conversion,
        {{ distinct_text('experiment') }} as tested_by
    from {{ ref('rpt_experiments') }}
    where role = 'primary' and mature_persons > 0
    group by metric

),

-- What one more macro-conversion brings on average: those that are no orders bring nothing, unknown amounts are left out.
worth as (

    select sum(case when is_order then net_revenue else 0 end) / cast(nullif(count(*), 0) as double) as value_per_conversion
    from macro_conversions
    where net_revenue is not null or not is_order

),

joined as (

    select
        counts.transition_kind,
        counts.sequence_id,
        counts.step_number,
        counts.person_population,
        counts.from_step,
        counts.to_step,
        counts.window_days,
        estimates.persons,
        estimates.reached,
        estimates.rate,
        estimates.lower,
        estimates.upper,
        estimates.target_basis,
        estimates.target_rate,
        estimates.compared_persons,
        estimates.compared_rate,
        estimates.compared_lower,
        estimates.compared_upper,
        estimates.weakest_slice,
        estimates.weakest_persons,
        estimates.weakest_reached,
        estimates.p_value,
        estimates.q_value,
        estimates.macro_persons,
        estimates.macro_probability,
        estimates.further_conversions,
        estimates.further_conversions_lower,
        estimates.further_conversions_upper,
        worth.value_per_conversion,
        tests.tested_by,
        evidence.bottleneck_type,
        evidence.bottleneck_types,
        evidence.signs,
        evidence.commitment_from,
        evidence.commitment_to,
        evidence.dropoff_z,
        evidence.deliveries,
        evidence.mismatch_share,
        evidence.mismatch_ci_low,
        evidence.click_rate_matched,
        evidence.click_rate_mismatched,
        evidence.net_clicks,
        evidence.matched_visits,
        evidence.lost_clicks_p90,
        evidence.form_starts,
        evidence.form_submits,
        evidence.mobile_persons,
        evidence.mobile_rate,
        evidence.mobile_upper,
        evidence.desktop_persons,
        evidence.desktop_rate,
        evidence.desktop_lower,
        evidence.error_count,
        evidence.engaged,
        evidence.engaged_without_step,
        evidence.exposed,
        evidence.acted,
        evidence.completion_rate,
        evidence.wilson_upper,
        evidence.benchmark_lower,
        evidence.own_p25,
        evidence.exits,
        evidence.exit_visits,
        evidence.exit_share,
        evidence.own_p75
    from counts
    cross join worth
    inner join estimates
        on
            counts.transition_kind = estimates.transition_kind
            and counts.sequence_id = estimates.sequence_id
            and counts.step_number = estimates.step_number
            and counts.person_population = estimates.person_population
    inner join evidence
        on
            counts.transition_kind = evidence.transition_kind
            and counts.sequence_id = evidence.sequence_id
            and counts.step_number = evidence.step_number
            and counts.person_population = evidence.person_population
    left join tests on counts.to_step = tests.micro_conversion

)

select
    joined.transition_kind,
    joined.sequence_id,
    cast(joined.step_number as integer) as step_number,
    joined.person_population,
    joined.from_step,
    joined.to_step,
    joined.window_days,
    case
        when joined.further_conversions is not null
            then rank() over (
                partition by joined.transition_kind, joined.further_conversions is null
                order by joined.further_conversions desc
            )
    end as opportunity_rank,
    joined.further_conversions,
    joined.further_conversions_lower,
    joined.further_conversions_upper,
    joined.value_per_conversion,
    joined.further_conversions * joined.value_per_conversion as opportunity,
    joined.further_conversions_lower * joined.value_per_conversion as opportunity_lower,
    joined.further_conversions_upper * joined.value_per_conversion as opportunity_upper,
    case
        when joined.further_conversions is null then null
        when joined.tested_by is null then 'upper bound'
        else 'tested'
    end as opportunity_is,
    joined.tested_by,
    joined.bottleneck_type,
    bottleneck_types.label as bottleneck_label,
    'Perhaps: ' || bottleneck_types.definition || '. To be tested: ' || bottleneck_types.suggested_fix || '.' as hypothesis,
    joined.persons,
    joined.reached,
    joined.rate,
    joined.lower,
    joined.upper,
    joined.target_basis,
    joined.target_rate,
    joined.compared_persons,
    joined.compared_rate,
    joined.compared_lower,
    joined.compared_upper,
    joined.weakest_slice,
    joined.weakest_persons,
    joined.weakest_reached,
    joined.p_value,
    joined.q_value,
    joined.macro_persons,
    joined.macro_probability,
    joined.bottleneck_types,
    joined.signs,
    joined.commitment_from,
    joined.commitment_to,
    joined.dropoff_z,
    joined.deliveries,
    joined.mismatch_share,
    joined.mismatch_ci_low,
    joined.click_rate_matched,
    joined.click_rate_mismatched,
    joined.net_clicks,
    joined.matched_visits,
    joined.lost_clicks_p90,
    joined.form_starts,
    joined.form_submits,
    joined.mobile_persons,
    joined.mobile_rate,
    joined.mobile_upper,
    joined.desktop_persons,
    joined.desktop_rate,
    joined.desktop_lower,
    joined.error_count,
    joined.engaged,
    joined.engaged_without_step,
    joined.exposed,
    joined.acted,
    joined.completion_rate,
    joined.wilson_upper,
    joined.benchmark_lower,
    joined.own_p25,
    joined.exits,
    joined.exit_visits,
    joined.exit_share,
    joined.own_p75,
    'Wilson interval; target is the rate that a quarter of persons have by ' || coalesce(replace(joined.target_basis, '_', ' '), 'nothing')
    || ', shrunken; upper bound' as method
from joined
left join bottleneck_types on joined.bottleneck_type = bottleneck_types.bottleneck_type
