{{ config(tags=['analysis']) }}

with

persons as (

    select * from {{ ref('dim_persons') }}

),

entrants as (

    select * from {{ ref('int_identity_entrants') }}

),

cohorts as (

    select * from {{ ref('rpt_cohorts') }}
    where cohort_by = 'first_touch'

),

active_days as (

    select * from {{ ref('int_person_days') }}
    where activities > 0

),

first_touches as (

    select * from {{ ref('int_person_first_touches') }}

),

steps_taken as (

    select * from {{ ref('int_steps_taken') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

reaching_acts as (

    select * from {{ ref('int_sequence_reaching_acts') }}

),

counts as (

    select
        report,
        figure,
        sequence_id,
        step_number,
        count(case when is_known then 1 end) as known_persons,
        count(case when is_known and is_reached then 1 end) as known_reached,
        count(case when is_linked_later then 1 end) as linked_later,
        count(case when is_linked_later and is_reached then 1 end) as linked_later_reached,
        count(case when is_known and not is_reached and has_acted then 1 end) as known_acted,
        min(case when is_known or is_linked_later then entered_at end) as first_entered_at,
        max(followed_until) as followed_until
    from entrants
    group by report, figure, sequence_id, step_number

),

-- What must be seen on a browser, were it one more of a person who is not counted as having reached it.
wanted as (

    select
        'rpt_completion_rates' as report,
        counts_as as figure,
        micro_conversion
    from lineage
    union
    select
        'rpt_funnels',
        sequence_id || ' ' || cast(step_number as string) || ': ' || step,
        micro_conversion
    from reaching_acts
    union
    select
        'rpt_stage_transitions',
        {{ journey_stage_name('stages.number + 1') }} || ' to ' || {{ journey_stage_name('stages.number + 2') }},
        types.micro_conversion
    from {{ whole_numbers('3') }} as stages
    inner join types
        on {{ journey_stage_rank(entered_stage('types.journey_stage', "types.polarity = 'macro'", 'false')) }} > stages.number + 1
    union
    select
        'rpt_micro_conversion_paths',
        'converted after ' || cast(lengths.number + 1 as string) || ' steps',
        types.micro_conversion
    from {{ whole_numbers(var('path_first_steps') - 1) }} as lengths
    inner join types on types.polarity = 'macro'

),

-- A browser of a person of the rate was first seen after the person entered it: else it would have been the entry.
browsers as (

    select
        counts.report,
        counts.figure,
        count(distinct persons.person_key) as browsers
    from counts
    inner join wanted on counts.report = wanted.report and counts.figure = wanted.figure
    inner join steps_taken on wanted.micro_conversion = steps_taken.micro_conversion
    inner join persons on steps_taken.person_key = persons.person_key
    where
        persons.person_kind = 'device' and persons.first_seen_at > counts.first_entered_at
        and coalesce(steps_taken.first_taken_at <= counts.followed_until, true)
    group by counts.report, counts.figure

),

all_browsers as (

    select count(case when person_kind = 'device' then 1 end) as browsers
    from persons

),

step_rates as (

    select
        counts.*,
        all_browsers.browsers as all_browsers,
        case when counts.report = 'dim_persons' then all_browsers.browsers else coalesce(browsers.browsers, 0) end as browsers
    from counts
    cross join all_browsers
    left join browsers on counts.report = browsers.report and counts.figure = browsers.figure

),

-- Whom a step out of order moves needs any browser, everybody else one that shows the step.
highest_counts as (

    select
        *,
        known_reached + least(
            known_persons - known_reached, all_browsers,
            known_acted + least(known_persons - known_reached - known_acted, browsers)
        ) as highest_reached
    from step_rates

),

-- No more reach a step of a funnel than the one before.
step_bounds as (

    select
        report,
        figure,
        known_persons,
        known_reached,
        linked_later,
        linked_later_reached,
        browsers,
        min(highest_reached) over (
            partition by report, coalesce(sequence_id, figure) order by step_number
        ) - known_reached as could_reach
    from highest_counts

),
{%- for grain in ['week', 'month'] %}

{{ grain }}_activity as (

    select distinct
        active_days.person_key,
        persons.person_kind = 'device' as is_browser,
        {{ period_start(grain, 'active_days.first_day') }} as cohort_start,
        {{ period_start(grain, 'active_days.day') }} as period_start
    from active_days
    inner join persons on active_days.person_key = persons.person_key
    inner join first_touches on active_days.person_key = first_touches.person_key
    where
        persons.person_kind = 'device'
        or (active_days.is_known = false and persons.known_since <= first_touches.first_active_at)

),

{{ grain }}_active as (

    select
        is_browser,
        cohort_start,
        period_start,
        count(*) as persons
    from {{ grain }}_activity
    group by is_browser, cohort_start, period_start

),

{{ grain }}_known as (

    select
        cohort_start,
        period_number,
        period_start,
        sum(case when person_population = 'known' then cohort_size else 0 end) as known_persons,
        sum(case when person_population = 'known' then active else 0 end) as known_reached
    from cohorts
    where cohort_grain = '{{ grain }}' and is_mature and period_number > 0
    group by cohort_start, period_number, period_start

),

{{ grain }}_linked_later as (

    select
        cells.cohort_start,
        cells.period_number,
        coalesce(sum(case when active.period_start = active.cohort_start then active.persons end), 0) as linked_later,
        coalesce(sum(case when active.period_start = cells.period_start then active.persons end), 0) as linked_later_reached
    from {{ grain }}_known as cells
    inner join {{ grain }}_active as active on cells.cohort_start = active.cohort_start and active.is_browser = false
    group by cells.cohort_start, cells.period_number

),

{{ grain }}_browsers as (

    select
        cells.cohort_start,
        cells.period_number,
        sum(active.persons) as browsers
    from {{ grain }}_known as cells
    inner join {{ grain }}_active as active
        on
            cells.period_start = active.period_start
            and cells.cohort_start <= active.cohort_start
            and active.is_browser
    group by cells.cohort_start, cells.period_number

),

{{ grain }}_bounds as (

    select
        'rpt_cohorts' as report,
        'active in {{ grain }} ' || cast(cells.period_number as string) as figure,
        sum(cells.known_persons) as known_persons,
        sum(cells.known_reached) as known_reached,
        coalesce(sum(linked_later.linked_later), 0) as linked_later,
        coalesce(sum(linked_later.linked_later_reached), 0) as linked_later_reached,
        coalesce(sum(browsers.browsers), 0) as browsers,
        sum(least(cells.known_persons - cells.known_reached, coalesce(browsers.browsers, 0))) as could_reach
    from {{ grain }}_known as cells
    left join {{ grain }}_linked_later as linked_later
        on cells.cohort_start = linked_later.cohort_start and cells.period_number = linked_later.period_number
    left join {{ grain }}_browsers as browsers
        on cells.cohort_start = browsers.cohort_start and cells.period_number = browsers.period_number
    group by cells.period_number

),
{%- endfor %}

bounds as (

    select * from step_bounds
    union all
    select * from week_bounds
    union all
    select * from month_bounds

)

select
    report,
    figure,
    cast(known_persons as bigint) as known_persons,
    cast(known_reached as bigint) as known_reached,
    cast(linked_later as bigint) as linked_later,
    cast(linked_later_reached as bigint) as linked_later_reached,
    cast(browsers as bigint) as browsers,
    cast(could_reach as bigint) as could_reach
from bounds
