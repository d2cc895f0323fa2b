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

-- Arms that their experiment says to ship: one that is broken, waits or has no winner says nothing of the step.
shipped_arms as (

    select
        experiment,
        metric as micro_conversion,
        difference,
        difference_lower,
        difference_upper,
        row_number() over (partition by metric order by last_assigned_at desc, experiment) as place
    from {{ ref('rpt_experiments') }}
    where role = 'primary' and not is_control and verdict = 'ship ' || variant and difference_lower > 0

),

tests as (

    select * from shipped_arms
    where place = 1

),

-- What one more macro-conversion brings on average: others than orders bring nothing, unknown amounts are left out.
worth as (

    select
        case
            when count(case when is_order then 1 end) > 0
                then sum(case when is_order then net_revenue else 0 end) / cast(count(*) as double)
        end as value_per_conversion
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
        counts.left_truncated_persons,
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
        {%- for bound in ['', '_lower', '_upper'] %}
        case
            when estimates.further_conversions is null or tests.experiment is null then estimates.further_conversions{{ bound }}
            else estimates.compared_persons * tests.difference{{ bound }} * estimates.macro_probability
        end as further_conversions{{ bound }},
        {%- endfor %}
        worth.value_per_conversion,
        tests.experiment as tested_by,
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
        when joined.further_conversions is not null and joined.q_value <= 0.05
            then rank() over (
                partition by joined.transition_kind, joined.further_conversions is not null and joined.q_value <= 0.05
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
    joined.left_truncated_persons,
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
    || ', shrunken; upper bound, or the effect of the test' as method
from joined
left join bottleneck_types on joined.bottleneck_type = bottleneck_types.bottleneck_type
