with

stages as (

    {{ deal_stages() }}

),

-- What is in several pipelines does not say which one the deal was in.
stage_pipelines as (

    select
        {{ account_of('pipeline') }} as account,
        stage,
        min(pipeline) as pipeline
    from stages
    group by {{ account_of('pipeline') }}, stage
    having count(*) = 1

),

events as (

    select
        person_key,
        occurred_at,
        {{ json_text('properties', "'deal'") }} as deal,
        {{ json_text('properties', "'pipeline'") }} as pipeline,
        {{ json_text('properties', "'stage'") }} as stage
    from {{ ref('fct_events') }}
    where event_name = 'deal_stage' and person_key is not null

),

-- Events name the pipeline that the deal is in now; a deal that was moved has entered stages of another one before.
stage_events as (

    select
        events.person_key,
        events.occurred_at,
        events.deal,
        events.stage,
        coalesce(stages.pipeline, stage_pipelines.pipeline, events.pipeline) as pipeline,
        coalesce(stages.position, -1) as position
    from events
    left join stages on events.pipeline = stages.pipeline and events.stage = stages.stage
    left join stage_pipelines
        on {{ account_of('events.deal') }} = stage_pipelines.account and events.stage = stage_pipelines.stage

),

-- A lost deal has reached nothing.
milestones as (

    select
        *,
        'deal_stage ' || pipeline || '/' || stage as milestone,
        lead(stage) over (partition by pipeline order by position, stage) as next_stage
    from stages
    where is_closed = false or coalesce(win_probability, 0) > 0

),

-- A deal may be sent back: it has reached a stage once, and is where it was moved last.
entries as (

    select
        pipeline,
        deal,
        stage,
        max(person_key) as person_key,
        min(occurred_at) as entered_at,
        max(occurred_at) as last_entered_at,
        max(position) as position
    from stage_events
    group by pipeline, deal, stage

),

placed_entries as (

    select
        *,
        min(entered_at) over (partition by deal, pipeline) as begun_at,
        row_number() over (partition by deal order by last_entered_at desc, position desc, stage, pipeline) as recency
    from entries

),

reached as (

    select
        milestones.milestone,
        milestones.next_stage,
        milestones.is_closed,
        placed_entries.*
    from placed_entries
    inner join milestones on placed_entries.pipeline = milestones.pipeline and placed_entries.stage = milestones.stage

),

moves as (

    select
        reached.pipeline,
        reached.stage,
        {{ seconds_between('reached.entered_at', 'next_entries.entered_at') }} as seconds
    from reached
    inner join entries as next_entries
        on
            reached.deal = next_entries.deal
            and reached.pipeline = next_entries.pipeline
            and reached.next_stage = next_entries.stage
            and reached.entered_at <= next_entries.entered_at

),

paces as (

    select
        pipeline,
        stage,
        percentile_cont(0.5) within group (order by seconds) as seconds
    from moves
    group by pipeline, stage

),

due as (

    select
        milestones.milestone,
        reached.person_key,
        reached.deal,
        {{ plus_seconds('reached.last_entered_at', 'cast(floor(paces.seconds + 0.5) as bigint)') }} as due_at
    from reached
    inner join milestones on reached.pipeline = milestones.pipeline and reached.next_stage = milestones.stage
    inner join paces on reached.pipeline = paces.pipeline and reached.stage = paces.stage
    where reached.recency = 1 and reached.is_closed = false

)

select
    milestone,
    person_key,
    deal,
    entered_at as reached_at,
    {{ seconds_between('begun_at', 'entered_at') }} as seconds_from_start,
    cast(null as timestamp) as due_at
from reached
union all
select
    milestone,
    person_key,
    deal,
    cast(null as timestamp),
    cast(null as double),
    due_at
from due
