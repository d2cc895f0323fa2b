{{ config(tags='analysis') }}

with

terms as (

    select * from {{ ref('int_segment_terms') }}
    where is_evaluated

),

changes as (

    select * from {{ ref('int_segment_changes') }}

),

turns as (

    select * from {{ ref('int_segment_turns') }}

),

thresholds as (

    select * from {{ ref('dim_segment_thresholds') }}

),

persons as (

    select * from {{ ref('dim_persons') }}

),

conditions as (

    select distinct
        condition_key,
        alternative_number,
        segment_number,
        segment_id,
        alternative,
        condition_number,
        comparison,
        percentile,
        case when compared_with is null then limit_value else 0 end as limit_value,
        known_until
    from terms

),

alternatives as (

    select
        alternative_number,
        min(segment_number) as segment_number,
        count(*) as conditions
    from conditions
    group by alternative_number

),

segments as (

    select
        segment_number,
        segment_id,
        known_until,
        count(distinct alternative_number) as alternatives
    from conditions
    group by segment_number, segment_id, known_until

),

-- A threshold of the month may move a person into the segment or out of it when the month begins.
first_changes as (

    select
        changes.condition_key,
        changes.person_key,
        changes.item,
        conditions.segment_id,
        conditions.alternative,
        conditions.condition_number,
        min(changes.changed_at) as changed_at
    from changes
    inner join conditions on changes.condition_key = conditions.condition_key and conditions.percentile is not null
    group by
        changes.condition_key, changes.person_key, changes.item, conditions.segment_id, conditions.alternative,
        conditions.condition_number

),

changes_and_months as (

    select
        condition_key,
        person_key,
        item,
        changed_at,
        change
    from changes
    union all
    select
        first_changes.condition_key,
        first_changes.person_key,
        first_changes.item,
        cast(thresholds.month as timestamp),
        0
    from first_changes
    inner join thresholds
        on
            first_changes.segment_id = thresholds.segment_id
            and first_changes.alternative = thresholds.alternative
            and first_changes.condition_number = thresholds.condition_number
            and first_changes.changed_at < thresholds.month

),

{%- set per_item = ['condition_key', 'person_key', 'item'] %}

totals as (

    {{ running_totals('changes_and_months', per_item) }}

),

limited_totals as (

    select
        totals.*,
        conditions.comparison,
        case when conditions.percentile is null then conditions.limit_value else thresholds.value end as limit_value
    from totals
    inner join conditions on totals.condition_key = conditions.condition_key
    left join thresholds
        on
            conditions.percentile is not null
            and conditions.segment_id = thresholds.segment_id
            and conditions.alternative = thresholds.alternative
            and conditions.condition_number = thresholds.condition_number
            and {{ period_start('month', 'totals.changed_at') }} = thresholds.month

),

item_states as (

    select
        condition_key,
        person_key,
        item,
        changed_at,
        case
            when comparison = 'at_least' and total >= limit_value then 1
            when comparison = 'at_most' and total <= limit_value then 1
            when comparison = 'below' and total < limit_value then 1
            else 0
        end as holds
    from limited_totals

),

item_turns as (

    {{ turning_points('item_states', per_item) }}

),

-- Of several topics one is enough.
condition_turns as (

    {{ turning_points_of_sums('item_turns', ['condition_key', 'person_key']) }}

    union all
    select
        condition_key,
        person_key,
        changed_at,
        change
    from turns

),

alternative_changes as (

    select
        alternatives.segment_number,
        alternatives.alternative_number,
        alternatives.conditions,
        condition_turns.person_key,
        condition_turns.changed_at,
        condition_turns.change
    from condition_turns
    inner join conditions on condition_turns.condition_key = conditions.condition_key
    inner join alternatives on conditions.alternative_number = alternatives.alternative_number

),

joint_changes as (

    select * from alternative_changes
    where conditions > 1

),

-- All conditions of an alternative must hold.
alternative_turns as (

    {{ turning_points_of_sums(
        'joint_changes', ['segment_number', 'alternative_number', 'conditions', 'person_key'], 'conditions'
    ) }}

    union all
    select
        segment_number,
        alternative_number,
        conditions,
        person_key,
        changed_at,
        change
    from alternative_changes
    where conditions = 1

),

-- Of the alternatives of a segment one is enough.
segment_changes as (

    select alternative_turns.*
    from alternative_turns
    inner join segments
        on alternative_turns.segment_number = segments.segment_number and segments.alternatives > 1

),

segment_turns as (

    {{ turning_points_of_sums('segment_changes', ['segment_number', 'person_key']) }}

    union all
    select
        alternative_turns.segment_number,
        alternative_turns.person_key,
        alternative_turns.changed_at,
        alternative_turns.change
    from alternative_turns
    inner join segments
        on alternative_turns.segment_number = segments.segment_number and segments.alternatives = 1

),

intervals as (

    select
        segment_number,
        person_key,
        change,
        changed_at as valid_from,
        lead(changed_at) over (partition by segment_number, person_key order by changed_at) as valid_to
    from segment_turns

)

-- What begins later than the sources are known is not so yet, and what ends later lasts.
select
    intervals.person_key,
    persons.person_id,
    segments.segment_id,
    intervals.valid_from,
    case when intervals.valid_to <= segments.known_until then intervals.valid_to end as valid_to,
    coalesce(intervals.valid_to > segments.known_until, true) as is_current
from intervals
inner join segments
    on intervals.segment_number = segments.segment_number and intervals.valid_from <= segments.known_until
inner join persons on intervals.person_key = persons.person_key
where intervals.change = 1
