{{ config(tags='analysis') }}

with

conditions as (

    select distinct
        condition_key,
        segment_id,
        alternative,
        condition_number,
        percentile
    from {{ ref('int_segment_terms') }}
    where percentile is not null and is_evaluated

),

changes as (

    select changes.*
    from {{ ref('int_segment_changes') }} as changes
    inner join conditions on changes.condition_key = conditions.condition_key

),

watermark as (

    select * from {{ ref('int_data_watermark') }}

),

first_month as (

    select {{ period_start('month', 'min(changed_at)') }} as month from changes

),

months as (

    select {{ later_period('month', 'first_month.month', 'numbers.number') }} as month
    from first_month
    cross join watermark
    inner join {{ whole_numbers(9998) }} as numbers
        on {{ later_period('month', 'first_month.month', 'numbers.number') }} <= cast(watermark.watermark_at as date)

),

-- Only what happened before the month: no row of the month itself, and none that arrives in time, moves its threshold.
values_before as (

    select
        changes.condition_key,
        months.month,
        changes.person_key,
        sum(changes.change) as total
    from changes
    inner join months on changes.changed_at < months.month
    group by changes.condition_key, months.month, changes.person_key
    having sum(changes.change) > 0

),

ranked as (

    select
        *,
        row_number() over (partition by condition_key, month order by total) as place,
        count(*) over (partition by condition_key, month) as persons
    from values_before

),

thresholds as (

    select
        ranked.condition_key,
        ranked.month,
        min(ranked.total) as value,
        min(ranked.persons) as persons
    from ranked
    inner join conditions on ranked.condition_key = conditions.condition_key
    where ranked.place >= conditions.percentile * ranked.persons
    group by ranked.condition_key, ranked.month

)

select
    conditions.segment_id,
    conditions.alternative,
    conditions.condition_number,
    months.month,
    conditions.percentile,
    cast(
        case when thresholds.persons >= {{ var('segment_threshold_minimum_persons') }} then thresholds.value end
        as decimal(38, 4)
    ) as value,
    cast(coalesce(thresholds.persons, 0) as integer) as persons
from conditions
cross join months
left join thresholds on conditions.condition_key = thresholds.condition_key and months.month = thresholds.month
