{{ config(materialized='view') }}

with

rules as (

    select * from {{ ref('action_rules') }}

),

segments as (

    select * from {{ ref('dim_segments') }}

),

audience_persons as (

    select * from {{ ref('int_audience_persons') }}

),

evidence as (

    select * from {{ ref('int_action_evidence') }}

),

campaigns as (

    select * from {{ ref('int_campaign_evidence') }}

),

lines as (

    select * from {{ ref('deliverability_lines') }}

),

others as (

    select * from {{ ref('int_action_tests') }}

),

velocity as (

    select * from {{ ref('rpt_velocity') }}
    where measure = 'conversion' and slice = 'all'

),

catalogue as (

    select * from {{ ref('micro_conversion_types') }}

),

experiments as (

    select * from {{ ref('rpt_experiments') }}

),

-- The verdict is on the primary metric, whatever that is; what is not read yet, or of few persons, measures nothing.
verdicts as (

    select
        experiment,
        max(case when role = 'primary' then verdict end) as verdict,
        min(case when metric = 'conversion' then mature_persons end) >= {{ var('action_minimum_persons') }} as is_large
    from experiments
    group by experiment

),

-- A holdout is looked at each day: the interval is the one that holds at all looks, where there is one.
holdouts as (

    select
        experiments.experiment,
        experiments.difference,
        coalesce(experiments.sequence_lower, experiments.difference_lower) as difference_lower,
        coalesce(experiments.sequence_upper, experiments.difference_upper) as difference_upper,
        controls.mean as held_out_rate,
        case
            when verdicts.verdict = 'broken' or verdicts.verdict like 'no verdict%' then null
            when verdicts.verdict = 'ship holdout' or experiments.sequence_upper < 0 then 'worse'
            when verdicts.verdict like 'guardrail%' then 'guardrail'
            when verdicts.verdict like 'ship%' then 'better'
            when verdicts.verdict = 'no winner' then 'no difference'
        end as holdout_found
    from experiments
    inner join verdicts on experiments.experiment = verdicts.experiment
    left join experiments as controls
        on
            experiments.experiment = controls.experiment
            and controls.variant = 'holdout'
            and controls.metric = 'conversion'
    where
        experiments.metric = 'conversion'
        and experiments.variant = 'treated'
        and experiments.difference is not null
        and verdicts.verdict is not null
        and verdicts.is_large

),

sizes as (

    select
        rule_id,
        count(*) as persons,
        count(case when left_out_because is null then 1 end) as mailable
    from audience_persons
    where rule_id is not null
    group by rule_id

),

-- How likely a macro-conversion is once the goal is reached, by those who reached it without the action.
goal_values as (

    select
        catalogue.micro_conversion,
        case when catalogue.polarity = 'macro' then 1 else velocity.probability end as probability,
        case when catalogue.polarity = 'macro' then 1 else velocity.probability_upper end as probability_upper
    from catalogue
    left join velocity on catalogue.micro_conversion = velocity.micro_conversion
    union all
    select
        'conversion',
        1,
        1

),

-- The same of clicks, by the clicks of all campaigns.
click_values as (

    select
        sum(reached) / cast(nullif(sum(persons), 0) as double) as probability,
        {{ wilson_interval('sum(reached)', 'sum(persons)', 'upper') }} as probability_upper
    from campaigns
    where metric = 'conversion_per_clicker'

),

-- The rate of a transition is not a target: who is in a segment need not be at its step.
targets as (

    select
        rules.rule_id,
        coalesce(rules.target, nullif(evidence.upper_quartile, 0)) as target,
        case
            when rules.target is not null then rules.target_source
            when evidence.upper_quartile > 0 then 'own upper quartile over months, shrunken'
        end as target_basis
    from rules
    inner join evidence on rules.rule_id = evidence.rule_id

),

of_segments as (

    select
        {{ action_candidate({
            "rule_id": "rules.rule_id",
            "level": "'segment'",
            "subject": "rules.segment",
            "subject_name": "segments.name",
            "behaviour": "rules.behaviour",
            "insight": "rules.insight",
            "recommended_action": "rules.recommended_action",
            "goal": "rules.micro_conversion_goal",
            "is_observable": "coalesce(segments.is_observable, false)",
            "not_observable_because": "segments.reason",
            "is_goal_observable": "evidence.is_goal_observable",
            "persons": "coalesce(sizes.persons, 0)",
            "mailable": "coalesce(sizes.mailable, 0)",
            "metric": "evidence.metric",
            "window_days": "evidence.window_days",
            "evidence_persons": "evidence.persons",
            "reached": "evidence.reached",
            "conversion_rate": "evidence.converted / cast(nullif(evidence.persons, 0) as double)",
            "target": "targets.target",
            "target_basis": "targets.target_basis",
            "probability": "goal_values.probability",
            "probability_upper": "goal_values.probability_upper",
            "measured_by": "holdouts.experiment",
            "difference": "holdouts.difference",
            "difference_lower": "holdouts.difference_lower",
            "difference_upper": "holdouts.difference_upper",
            "held_out_rate": "holdouts.held_out_rate",
            "holdout_found": "holdouts.holdout_found",
        }) }}
    from rules
    inner join evidence on rules.rule_id = evidence.rule_id
    left join segments on rules.segment = segments.segment_id
    left join sizes on rules.rule_id = sizes.rule_id
    inner join targets on rules.rule_id = targets.rule_id
    left join goal_values on evidence.metric = goal_values.micro_conversion
    left join holdouts on
        'action.' || rules.rule_id = holdouts.experiment and holdouts.holdout_found is not null
    where rules.segment <> 'campaign_level'

),

valued_campaigns as (

    select
        campaigns.*,
        case when campaigns.metric = 'conversion_per_clicker' then 1 else click_values.probability end as probability,
        case when campaigns.metric = 'conversion_per_clicker' then 1 else click_values.probability_upper end
            as probability_upper,
        case when campaigns.upper_quartile is not null then 'own upper quartile over campaigns, shrunken' end as target_basis
    from campaigns
    cross join click_values

),

of_campaigns as (

    select
        {{ action_candidate({
            "rule_id": "rules.rule_id",
            "level": "'campaign'",
            "subject": "valued_campaigns.campaign_key",
            "subject_name": "valued_campaigns.campaign_name",
            "campaign_key": "valued_campaigns.campaign_key",
            "behaviour": "rules.behaviour",
            "insight": "rules.insight",
            "recommended_action": "rules.recommended_action",
            "goal": "rules.micro_conversion_goal",
            "is_observable": "true",
            "persons": "valued_campaigns.persons",
            "metric": "valued_campaigns.metric",
            "window_days": var('email_response_days'),
            "evidence_persons": "valued_campaigns.persons",
            "reached": "valued_campaigns.reached",
            "conversion_rate": "valued_campaigns.probability * valued_campaigns.reached / nullif(valued_campaigns.persons, 0)",
            "target": "valued_campaigns.upper_quartile",
            "target_basis": "valued_campaigns.target_basis",
            "probability": "valued_campaigns.probability",
            "probability_upper": "valued_campaigns.probability_upper",
        }) }}
    from rules
    inner join valued_campaigns on rules.campaign_metric = valued_campaigns.metric

),

-- Of two lines that are crossed the one that is crossed further.
crossed as (

    select
        campaigns.*,
        lines.line,
        lines.source,
        lines.recommended_action,
        row_number() over (
            partition by campaigns.campaign_key
            order by campaigns.reached / (campaigns.persons * lines.line) desc, lines.measure
        ) as place
    from lines
    inner join campaigns on lines.measure = campaigns.metric
    where
        campaigns.reached >= {{ var('action_guardrail_persons') }}
        and campaigns.reached >= campaigns.persons * lines.line

),

guardrails as (

    select
        {{ action_candidate({
            "rule_id": "'fix_deliverability'",
            "level": "'guardrail'",
            "subject": "crossed.campaign_key",
            "subject_name": "crossed.campaign_name",
            "campaign_key": "crossed.campaign_key",
            "behaviour": "'Rate of ' || replace(crossed.metric, '_', ' ') || 's at or over the line'",
            "insight": "crossed.source",
            "recommended_action": "crossed.recommended_action",
            "goal": "crossed.metric",
            "is_observable": "true",
            "persons": "crossed.persons",
            "metric": "crossed.metric",
            "evidence_persons": "crossed.persons",
            "reached": "crossed.reached",
            "target": "crossed.line",
            "target_basis": "'deliverability_lines'",
        }) }}
    from crossed
    where place = 1

)

select * from of_segments
union all
select * from of_campaigns
union all
select * from guardrails
union all
select * from others
