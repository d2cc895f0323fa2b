{#-
    A funnel of one's own: how many persons took these steps in this order, all within so many days of the first. Copy the
    file to another name in this folder, change the three settings and run `dbt show --select own_funnel --limit 20`; or
    make a model of it.

    A step is a catalogue row and whatever counts as it. `persons` go by their first attempt: the first time they took the
    first step, of those whose whole window has passed since. `persons_by_best_attempt` goes by whichever attempt went
    furthest, as ClickHouse's windowFunnel has it: higher the more often people try. Persons known when they first took the first step and
    all others (`device`) are never in one rate. One row per population and step.
-#}
{%- set steps = ['product_page_visit', 'cart_add', 'purchase'] -%}
{%- set days = 14 -%}
{%- set since = "timestamp '1970-01-01 00:00:00'" -%}

with

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

-- The earliest of what the steps after the first are known until, and the latest of what they are known from.
watermark as (

    select
        min(watermark_at) as watermark_at,
        max(known_from) as known_from
    from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'micro_conversion' and outcome in {{ texts(steps[1:]) }}

),

steps as (

    {%- for step in steps %}
    select
        {{ loop.index }} as step_number,
        '{{ step }}' as micro_conversion
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

step_events as (

    select
        steps.step_number,
        events.person_key,
        events.occurred_at,
        events.is_known,
        {{ act_order('events') }} as act_position
    from events
    inner join lineage on events.micro_conversion = lineage.micro_conversion
    inner join steps on lineage.counts_as = steps.micro_conversion
    cross join watermark
    where
        {{ is_human_act('events') }}
        and events.occurred_at >= {{ since }}
        and (
            steps.step_number > 1
            or {{ exposure_is_mature('events.occurred_at', days, 'watermark.watermark_at', 'watermark.known_from') }}
        )

),

first_entries as (

    select
        person_key,
        {{ person_population('min_by(is_known, act_position)') }} as person_population,
        min(act_position) as act_position
    from step_events
    where step_number = 1
    group by person_key

),

first_attempt_events as (

    select step_events.*
    from step_events
    inner join first_entries
        on
            step_events.person_key = first_entries.person_key
            and (step_events.step_number > 1 or step_events.act_position = first_entries.act_position)

),

first_attempts as (

    -- The linter's parser does not know window frames without an order.
    {{ funnel_steps('first_attempt_events', window_seconds=days * 86400, steps=steps | length) }} -- noqa: PRS

),

all_attempts as (

    {{ funnel_steps('step_events', window_seconds=days * 86400, steps=steps | length) }} -- noqa: PRS

),

furthest_steps as (

    select
        person_key,
        max(step_number) as step_number
    from first_attempts
    group by person_key

),

furthest_steps_of_all_attempts as (

    select
        person_key,
        max(step_number) as step_number
    from all_attempts
    group by person_key

),

populations as (

    select 'known' as person_population
    union all
    select 'device'

),

persons_by_step as (

    select
        populations.person_population,
        steps.step_number,
        steps.micro_conversion,
        count(case when furthest_steps.step_number >= steps.step_number then 1 end) as persons,
        count(case when furthest_steps_of_all_attempts.step_number >= steps.step_number then 1 end)
            as persons_by_best_attempt
    from steps
    cross join populations
    left join first_entries on populations.person_population = first_entries.person_population
    left join furthest_steps_of_all_attempts on first_entries.person_key = furthest_steps_of_all_attempts.person_key
    left join furthest_steps on first_entries.person_key = furthest_steps.person_key
    group by populations.person_population, steps.step_number, steps.micro_conversion

)

select
    person_population,
    step_number,
    micro_conversion,
    persons,
    persons / cast(nullif(max(persons) over (partition by person_population), 0) as double) as of_first,
    persons / cast(nullif(lag(persons) over (partition by person_population order by step_number), 0) as double) as of_previous,
    persons_by_best_attempt
from persons_by_step
order by person_population desc, step_number
