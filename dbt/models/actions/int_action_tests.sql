{{ config(materialized='view') }}

with

rules as (

    select * from {{ ref('action_rules') }}

),

bottleneck_types as (

    select * from {{ ref('bottleneck_types') }}

),

bottlenecks as (

    select * from {{ ref('rpt_bottlenecks') }}

),

step_impact as (

    select * from {{ ref('rpt_step_impact') }}
    where verdict = 'distractor' and is_primary and outcome = 'conversion'

),

catalogue as (

    select * from {{ ref('micro_conversion_types') }}

),

distractors as (

    select
        {{ action_candidate({
            "rule_id": "rules.rule_id",
            "level": "'step'",
            "subject": "step_impact.micro_conversion",
            "subject_name": "catalogue.label",
            "behaviour": "rules.behaviour",
            "insight": "rules.insight",
            "recommended_action": "rules.recommended_action",
            "goal": "rules.micro_conversion_goal",
            "is_observable": "true",
            "persons": "step_impact.completers",
            "metric": "'conversion_ratio'",
            "evidence_persons": "step_impact.completers",
            "difference": "step_impact.ratio",
            "difference_lower": "step_impact.ratio_lower",
            "difference_upper": "step_impact.ratio_upper",
        }) }}
    from step_impact
    inner join catalogue on step_impact.micro_conversion = catalogue.micro_conversion
    inner join rules on rules.segment = 'campaign_level'

),

-- How many days the transitions were counted in.
span as (

    select {{ seconds_between('min(occurred_at)', data_watermark()) }} / 86400 as days
    from {{ ref('fct_micro_conversions') }}

),

tests as (

    select
        {{ action_candidate({
            "rule_id": "'test_' || bottlenecks.bottleneck_type",
            "level": "'test'",
            "subject": "bottlenecks.sequence_id || '/' || bottlenecks.step_number || '/' || bottlenecks.person_population",
            "subject_name": "bottlenecks.from_step || ' to ' || bottlenecks.to_step",
            "behaviour": "bottlenecks.signs",
            "insight": "bottlenecks.hypothesis",
            "recommended_action": "'Test: ' || bottleneck_types.suggested_fix",
            "goal": "bottlenecks.to_step",
            "is_observable": "true",
            "persons": "bottlenecks.persons",
            "metric": "bottlenecks.to_step",
            "window_days": "cast(ceil(bottlenecks.window_days) as integer)",
            "evidence_persons": "bottlenecks.persons",
            "reached": "bottlenecks.reached",
            "conversion_rate": "bottlenecks.rate * bottlenecks.macro_probability",
            "target": "bottlenecks.target_rate",
            "target_basis": "'rpt_bottlenecks'",
            "probability": "bottlenecks.macro_probability",
            "probability_upper": "bottlenecks.macro_probability",
            "bound": "bottlenecks.further_conversions",
            "bound_upper": "bottlenecks.further_conversions_upper",
            "test_element": "bottleneck_types.test_element",
            "test_arms": "'as it is; ' || bottleneck_types.test_arm",
            "arrivals_a_day": "bottlenecks.persons / nullif(span.days, 0)",
        }) }}
    from bottlenecks
    cross join span
    inner join bottleneck_types on bottlenecks.bottleneck_type = bottleneck_types.bottleneck_type
    where bottlenecks.tested_by is null

)

select * from distractors
union all
select * from tests
