with

events as (

    select * from {{ ref('int_events') }}

),

persons as (

    select * from {{ ref('int_event_persons') }}

),

forwarded_clicks as (

    select * from {{ ref('int_forwarded_clicks') }}

),

verdicts as (

    select * from {{ ref('int_machine_verdicts') }}

),

kinds as (

    select * from {{ ref('event_kinds') }}

),

-- A name that the seed has for another source means the same.
kinds_of_any_source as (

    select
        event_name,
        min(event_rank) as event_rank
    from kinds
    group by event_name

),

attributed as (

    select
        events.event_id,
        coalesce(forwarded_clicks.person_key, persons.person_key) as person_key,
        coalesce(verdicts.is_machine, false) as is_machine,
        case when verdicts.is_machine then verdicts.machine_reason end as machine_reason,
        -- A kind of event without a row in the seed counts as the person's own action; a negative amount is a refund.
        coalesce(kinds.is_person_action, true) and coalesce(events.revenue >= 0, true) as is_person_action,
        cast(coalesce(kinds.event_rank, kinds_of_any_source.event_rank) as smallint) as event_rank
    from events
    left join persons on events.event_id = persons.event_id
    left join forwarded_clicks on events.event_id = forwarded_clicks.event_id
    left join verdicts on events.event_id = verdicts.event_id
    left join kinds on events.source = kinds.source and events.event_name = kinds.event_name
    left join kinds_of_any_source on events.event_name = kinds_of_any_source.event_name

)

select * from attributed
