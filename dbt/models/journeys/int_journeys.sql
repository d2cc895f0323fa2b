{{ config(materialized='incremental', unique_key='person_key') }}

with

journey_events as (

    select * from {{ delta('int_journey_events') }}

),

micro_conversions as (

    select * from {{ delta('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ delta('fct_macro_conversions') }}

),

completed_sequences as (

    select * from {{ ref('int_journeys_completed_sequences') }}

),

exits as (

    select * from {{ delta('int_person_exits') }}

),

entries as (

    select
        journey_id,
        person_key,
        occurred_at as entered_at,
        source as entry_source,
        campaign_key as entry_campaign_key,
        act_position
    from journey_events
    where is_entry

),

-- An entry that is itself the macro-conversion (an order out of nowhere) is a journey of one event.
outcomes as (

    select
        journey_events.journey_id,
        macro_conversions.macro_conversion_id,
        macro_conversions.macro_conversion,
        macro_conversions.occurred_at as converted_at,
        macro_conversions.converted_revenue as revenue,
        macro_conversions.net_revenue
    from journey_events
    inner join macro_conversions on journey_events.event_id = macro_conversions.event_id
    where journey_events.ends_journey

),

paths as (

    select
        journey_id,
        {{ ordered_path('micro_conversion', 'micro_conversion_number', 'is_immediate_repeat') }} as path,
        count(case when {{ counts_in_path('is_immediate_repeat') }} then 1 end) as path_length,
        count(*) as micro_conversion_count
    from micro_conversions
    group by journey_id

),

spans as (

    select
        entries.*,
        outcomes.macro_conversion_id,
        outcomes.macro_conversion,
        outcomes.converted_at,
        outcomes.revenue,
        outcomes.net_revenue,
        row_number() over (partition by entries.person_key order by entries.act_position) as journey_number
    from entries
    left join outcomes on entries.journey_id = outcomes.journey_id

),

first_exits as (

    select
        spans.journey_id,
        min(exits.exited_at) as exited_at
    from spans
    inner join exits
        on
            spans.person_key = exits.person_key
            and spans.entered_at <= exits.exited_at
            and (spans.converted_at is null or spans.converted_at >= exits.exited_at)
    group by spans.journey_id

)

select
    spans.journey_id,
    spans.person_key,
    cast(spans.journey_number as integer) as journey_number,
    spans.entered_at,
    spans.converted_at as ended_at,
    first_exits.exited_at,
    spans.entry_source,
    spans.entry_campaign_key,
    spans.macro_conversion_id,
    spans.macro_conversion,
    paths.path,
    cast(coalesce(paths.path_length, 0) as integer) as path_length,
    cast(coalesce(paths.micro_conversion_count, 0) as integer) as micro_conversion_count,
    completed_sequences.sequence_ids,
    spans.revenue,
    spans.net_revenue
from spans
left join paths on spans.journey_id = paths.journey_id
left join completed_sequences on spans.journey_id = completed_sequences.journey_id
left join first_exits on spans.journey_id = first_exits.journey_id
