with

stages as (

    select * from {{ ref('fct_journey_stages') }}

),

exits as (

    select * from {{ ref('int_person_exits') }}

),

-- Leaving the list competes with going on: whoever has gone cannot be waited for.
first_exits as (

    select
        stages.stage_span_id,
        min(exits.exited_at) as exited_at
    from stages
    inner join exits
        on
            stages.person_key = exits.person_key
            and stages.entered_at <= exits.exited_at
            and coalesce(stages.left_at, {{ data_watermark() }}) > exits.exited_at
    group by stages.stage_span_id

)

select
    stages.stage_span_id,
    stages.person_key,
    stages.stage as from_stage,
    case when first_exits.stage_span_id is not null then 'lost' else stages.next_stage end as to_stage,
    case
        when first_exits.stage_span_id is not null
            then {{ seconds_between('stages.entered_at', 'first_exits.exited_at') }}
        else stages.dwell_seconds
    end as seconds
from stages
left join first_exits on stages.stage_span_id = first_exits.stage_span_id
