with

rules as (

    select * from {{ ref('action_rules') }}

),

person_segments as (

    select * from {{ ref('fct_person_segments') }}

),

addresses as (

    select * from {{ ref('int_mailing_addresses') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

),

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}

),

treated as (

    select * from {{ ref('int_audience_assignments') }}
    where arm = 'treated'

),

-- A goal that no source reports can't be measured; conversions of the same persons can.
goals as (

    select
        rules.rule_id,
        rules.segment,
        rules.window_days,
        case when observable.is_observable then rules.micro_conversion_goal else 'conversion' end as metric,
        coalesce(observable.is_observable, false) as is_goal_observable,
        case when observable.is_observable then watermarks.watermark_at end as goal_known_until,
        case when observable.is_observable then watermarks.known_from end as goal_known_from
    from rules
    left join observable on rules.micro_conversion_goal = observable.micro_conversion
    left join watermarks
        on rules.micro_conversion_goal = watermarks.outcome and watermarks.outcome_type = 'micro_conversion'

),

measured_until as (

    select
        *,
        least(
            coalesce(goal_known_until, {{ outcome_watermark('macro_conversion') }}),
            coalesce({{ outcome_watermark('macro_conversion') }}, goal_known_until)
        ) as watermark_at,
        {{ latest_begin('goal_known_from', outcome_known_from('macro_conversion')) }} as known_from
    from goals

),

-- A person counts once for a rule: by the latest stay in its segment that was followed long enough, with no export of the
-- action before its end.
stays as (

    select
        measured_until.rule_id,
        measured_until.metric,
        measured_until.window_days,
        person_segments.person_key,
        person_segments.valid_from,
        row_number() over (
            partition by measured_until.rule_id, person_segments.person_key
            order by person_segments.valid_from desc
        ) as place
    from measured_until
    inner join person_segments on measured_until.segment = person_segments.segment_id
    inner join addresses on person_segments.person_key = addresses.person_key
    left join treated
        on
            person_segments.person_key = treated.person_key
            and treated.audience_id in (
                'action.' || measured_until.rule_id, 'segment.' || measured_until.segment
            )
            and treated.assigned_at < {{ plus_days('person_segments.valid_from', 'measured_until.window_days') }}
    where
        treated.person_key is null
        and {{ exposure_is_mature(
            'person_segments.valid_from', 'measured_until.window_days', 'measured_until.watermark_at',
            'measured_until.known_from'
        ) }}

),

followed as (

    select * from stays
    where place = 1

),

goal_acts as (

    select
        micro_conversions.person_key,
        lineage.counts_as as metric,
        micro_conversions.occurred_at
    from micro_conversions
    inner join lineage on micro_conversions.micro_conversion = lineage.micro_conversion
    where lineage.counts_as in (select goals.metric from goals)
    union all
    select
        person_key,
        'conversion',
        occurred_at
    from macro_conversions
    where person_key is not null

),

outcomes as (

    select
        followed.rule_id,
        followed.person_key,
        followed.valid_from,
        max(case when goal_acts.metric = followed.metric then 1 else 0 end) as reached,
        max(case when goal_acts.metric = 'conversion' then 1 else 0 end) as converted
    from followed
    left join goal_acts
        on
            followed.person_key = goal_acts.person_key
            and goal_acts.metric in (followed.metric, 'conversion')
            and goal_acts.occurred_at > followed.valid_from
            and goal_acts.occurred_at <= {{ plus_days('followed.valid_from', 'followed.window_days') }}
    group by followed.rule_id, followed.person_key, followed.valid_from

),

months as (

    select
        rule_id,
        count(*) as persons,
        cast(sum(reached) as bigint) as reached
    from outcomes
    group by rule_id, date_trunc('month', valid_from)
    having count(*) >= {{ var('action_minimum_persons') }}

),

{{ shrunken_upper_quartiles('months', ['rule_id']) }},

counts as (

    select
        rule_id,
        count(*) as persons,
        cast(sum(reached) as bigint) as reached,
        cast(sum(converted) as bigint) as converted
    from outcomes
    group by rule_id

)

select
    goals.rule_id,
    goals.metric,
    goals.is_goal_observable,
    goals.window_days,
    coalesce(counts.persons, 0) as persons,
    coalesce(counts.reached, 0) as reached,
    coalesce(counts.converted, 0) as converted,
    upper_quartiles.rate as upper_quartile
from goals
left join counts on goals.rule_id = counts.rule_id
left join upper_quartiles on goals.rule_id = upper_quartiles.rule_id
