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

bottlenecks as (

    select * from {{ ref('rpt_bottlenecks') }}

),

bottleneck_types as (

    select * from {{ ref('bottleneck_types') }}

),

step_impact as (

    select * from {{ ref('rpt_step_impact') }}
    where verdict = 'distractor' and is_primary and outcome = 'conversion'

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
    where
        metric = 'conversion' and variant = 'treated' and difference is not null and coalesce(verdict, '') <> 'broken'

),

sizes as (

    select
        rule_id,
        count(*) as persons,
        count(case when left_out_because is null then 1 end) as to_mail
    from audience_persons
    where rule_id is not null
    group by rule_id

),

-- How likely a macro-conversion is once the goal is reached, by those who reached it by themselves.
goal_values as (

    select
        catalogue.micro_conversion,
        case when catalogue.polarity = 'macro' then 1 else velocity.probability end as probability,
        case when catalogue.polarity = 'macro' then 1 else velocity.probability_upper end as probability_upper
    from catalogue
    left join velocity on catalogue.micro_conversion = velocity.micro_conversion

),

-- The same of clicks, by the clicks of all campaigns.
click_values as (

    select
        sum(reached) / cast(nullif(sum(persons), 0) as double) as probability,
        {{ wilson_interval('sum(reached)', 'sum(persons)', 'upper') }} as probability_upper
    from campaigns
    where metric = 'conversion_per_clicker'

),

step_targets as (

    select
        to_step,
        max(target_rate) as target_rate
    from bottlenecks
    where person_population = 'known' and transition_kind = 'sequence' and persons >= {{ var('action_minimum_persons') }}
    group by to_step

),

of_segments as (

    select
        rules.rule_id,
        'segment' as level,
        rules.segment as subject,
        segments.name as subject_name,
        cast(null as string) as campaign_key,
        rules.behaviour,
        rules.insight,
        rules.recommended_action,
        rules.micro_conversion_goal as goal,
        coalesce(segments.is_observable, false) as is_observable,
        segments.reason as not_observable_because,
        coalesce(sizes.persons, 0) as persons,
        coalesce(sizes.to_mail, 0) as to_mail,
        evidence.metric,
        evidence.window_days,
        evidence.persons as evidence_persons,
        evidence.reached,
        evidence.converted / cast(nullif(evidence.persons, 0) as double) as conversion_rate,
        coalesce(rules.target, nullif(evidence.upper_quartile, 0), step_targets.target_rate) as target,
        case
            when rules.target is not null then rules.target_source
            when evidence.upper_quartile > 0 then 'own upper quartile over months'
            when step_targets.target_rate is not null then 'rpt_bottlenecks'
        end as target_basis,
        case when evidence.metric = 'conversion' then 1 else goal_values.probability end as probability,
        case when evidence.metric = 'conversion' then 1 else goal_values.probability_upper end as probability_upper,
        experiments.experiment as measured_by,
        experiments.difference,
        experiments.difference_lower,
        experiments.difference_upper,
        cast(null as double) as bound,
        cast(null as double) as bound_upper,
        cast(null as string) as test_element,
        cast(null as string) as test_arms,
        cast(null as double) as arrivals_a_day
    from rules
    inner join evidence on rules.rule_id = evidence.rule_id
    left join segments on rules.segment = segments.segment_id
    left join sizes on rules.rule_id = sizes.rule_id
    left join step_targets on evidence.metric = step_targets.to_step
    left join goal_values on evidence.metric = goal_values.micro_conversion
    left join experiments on 'action.' || rules.rule_id = experiments.experiment
    where rules.segment <> 'campaign_level'

),

of_campaigns as (

    select
        rules.rule_id,
        'campaign' as level,
        campaigns.campaign_key as subject,
        campaigns.campaign_name as subject_name,
        campaigns.campaign_key,
        rules.behaviour,
        rules.insight,
        rules.recommended_action,
        rules.micro_conversion_goal as goal,
        true as is_observable,
        cast(null as string) as not_observable_because,
        campaigns.persons,
        cast(null as bigint) as to_mail,
        campaigns.metric,
        cast({{ var('email_response_days') }} as integer) as window_days,
        campaigns.persons as evidence_persons,
        campaigns.reached,
        case when campaigns.metric = 'conversion_per_clicker' then 1 else click_values.probability end
        * campaigns.reached / nullif(campaigns.persons, 0) as conversion_rate,
        campaigns.upper_quartile as target,
        case when campaigns.upper_quartile is not null then 'own upper quartile over campaigns' end as target_basis,
        case when campaigns.metric = 'conversion_per_clicker' then 1 else click_values.probability end as probability,
        case when campaigns.metric = 'conversion_per_clicker' then 1 else click_values.probability_upper end
            as probability_upper,
        cast(null as string) as measured_by,
        cast(null as double) as difference,
        cast(null as double) as difference_lower,
        cast(null as double) as difference_upper,
        cast(null as double) as bound,
        cast(null as double) as bound_upper,
        cast(null as string) as test_element,
        cast(null as string) as test_arms,
        cast(null as double) as arrivals_a_day
    from rules
    inner join campaigns on rules.campaign_metric = campaigns.metric
    cross join click_values

),

guardrails as (

    select
        'fix_deliverability' as rule_id,
        'guardrail' as level,
        campaigns.campaign_key as subject,
        campaigns.campaign_name as subject_name,
        campaigns.campaign_key,
        'Rate of ' || replace(lines.measure, '_', ' ') || 's at or over the line' as behaviour,
        lines.source as insight,
        lines.recommended_action,
        lines.measure as goal,
        true as is_observable,
        cast(null as string) as not_observable_because,
        campaigns.persons,
        cast(null as bigint) as to_mail,
        campaigns.metric,
        cast(null as integer) as window_days,
        campaigns.persons as evidence_persons,
        campaigns.reached,
        cast(null as double) as conversion_rate,
        lines.line as target,
        'deliverability_lines' as target_basis,
        cast(null as double) as probability,
        cast(null as double) as probability_upper,
        cast(null as string) as measured_by,
        cast(null as double) as difference,
        cast(null as double) as difference_lower,
        cast(null as double) as difference_upper,
        cast(null as double) as bound,
        cast(null as double) as bound_upper,
        cast(null as string) as test_element,
        cast(null as string) as test_arms,
        cast(null as double) as arrivals_a_day,
        -- Of two lines that are crossed the one that is crossed further.
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

distractors as (

    select
        rules.rule_id,
        'step' as level,
        step_impact.micro_conversion as subject,
        catalogue.label as subject_name,
        cast(null as string) as campaign_key,
        rules.behaviour,
        rules.insight,
        rules.recommended_action,
        rules.micro_conversion_goal as goal,
        true as is_observable,
        cast(null as string) as not_observable_because,
        step_impact.completers as persons,
        cast(null as bigint) as to_mail,
        'conversion_ratio' as metric,
        cast(null as integer) as window_days,
        step_impact.completers as evidence_persons,
        cast(null as bigint) as reached,
        cast(null as double) as conversion_rate,
        cast(null as double) as target,
        cast(null as string) as target_basis,
        cast(null as double) as probability,
        cast(null as double) as probability_upper,
        cast(null as string) as measured_by,
        step_impact.ratio as difference,
        step_impact.ratio_lower as difference_lower,
        step_impact.ratio_upper as difference_upper,
        cast(null as double) as bound,
        cast(null as double) as bound_upper,
        cast(null as string) as test_element,
        cast(null as string) as test_arms,
        cast(null as double) as arrivals_a_day
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
        'test_' || bottlenecks.bottleneck_type as rule_id,
        'test' as level,
        bottlenecks.sequence_id || '/' || bottlenecks.step_number || '/' || bottlenecks.person_population as subject,
        bottlenecks.from_step || ' to ' || bottlenecks.to_step as subject_name,
        cast(null as string) as campaign_key,
        bottlenecks.signs as behaviour,
        bottlenecks.hypothesis as insight,
        'Test: ' || bottleneck_types.suggested_fix as recommended_action,
        bottlenecks.to_step as goal,
        true as is_observable,
        cast(null as string) as not_observable_because,
        bottlenecks.persons,
        cast(null as bigint) as to_mail,
        bottlenecks.to_step as metric,
        cast(ceil(bottlenecks.window_days) as integer) as window_days,
        bottlenecks.persons as evidence_persons,
        bottlenecks.reached,
        bottlenecks.rate * bottlenecks.macro_probability as conversion_rate,
        bottlenecks.target_rate as target,
        'rpt_bottlenecks' as target_basis,
        bottlenecks.macro_probability as probability,
        bottlenecks.macro_probability as probability_upper,
        cast(null as string) as measured_by,
        cast(null as double) as difference,
        cast(null as double) as difference_lower,
        cast(null as double) as difference_upper,
        bottlenecks.further_conversions as bound,
        bottlenecks.further_conversions_upper as bound_upper,
        bottleneck_types.test_element,
        'as it is; ' || bottleneck_types.test_arm as test_arms,
        bottlenecks.persons / nullif(span.days, 0) as arrivals_a_day
    from bottlenecks
    cross join span
    inner join bottleneck_types on bottlenecks.bottleneck_type = bottleneck_types.bottleneck_type
    where bottlenecks.tested_by is null

)

select * from of_segments
union all
select * from of_campaigns
union all
select
    rule_id,
    level,
    subject,
    subject_name,
    campaign_key,
    behaviour,
    insight,
    recommended_action,
    goal,
    is_observable,
    not_observable_because,
    persons,
    to_mail,
    metric,
    window_days,
    evidence_persons,
    reached,
    conversion_rate,
    target,
    target_basis,
    probability,
    probability_upper,
    measured_by,
    difference,
    difference_lower,
    difference_upper,
    bound,
    bound_upper,
    test_element,
    test_arms,
    arrivals_a_day
from guardrails
where place = 1
union all
select * from distractors
union all
select * from tests
