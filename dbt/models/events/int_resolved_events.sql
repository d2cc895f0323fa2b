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

consents as (

    select * from {{ delta('int_person_consents') }}

),

kinds as (

    select * from {{ ref('int_event_name_kinds') }}

),

feeds as (

    select * from {{ ref('stg_event_files__feeds') }}

),

attributed as (

    select
        events.event_id,
        case
            when {{ refuses_analytics('consents') }} = false
                then coalesce(forwarded_clicks.person_key, persons.person_key)
        end as person_key,
        case
            when {{ refuses_analytics('consents') }} then coalesce(forwarded_clicks.person_key, persons.person_key)
        end as withheld_person_key,
        coalesce(verdicts.is_machine, false) as is_machine,
        case when verdicts.is_machine then verdicts.machine_reason end as machine_reason,
        -- Images of which nothing says what loaded them show no act.
        {{ is_person_action(
            'events', 'feed_kinds', 'source_kinds', 'coalesce(feeds.every_name_is_action, false)'
        ) }}
        and ({{ is_open('events') }} = false or coalesce(verdicts.has_evidence, false)) as is_person_action,
        source_kinds.event_rank
    from events
    left join persons on events.event_id = persons.event_id
    left join forwarded_clicks on events.event_id = forwarded_clicks.event_id
    left join consents on coalesce(forwarded_clicks.person_key, persons.person_key) = consents.person_key
    left join verdicts on events.event_id = verdicts.event_id
    left join kinds as feed_kinds on events.feed = feed_kinds.reporter and events.event_name = feed_kinds.event_name
    left join kinds as source_kinds
        on events.source = source_kinds.reporter and events.event_name = source_kinds.event_name
    left join feeds on events.feed = feeds.feed

)

select * from attributed
