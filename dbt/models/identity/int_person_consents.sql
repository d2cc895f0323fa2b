{{ config(materialized='incremental', unique_key='person_key') }}

with

events as (

    select * from {{ ref('int_events') }}

),

persons as (

    select * from {{ ref('int_event_persons') }}

),

-- An event states either consent, or both.
stated as (

    select
        persons.person_key,
        'analytics' as purpose,
        events.analytics_consent as consent,
        events.occurred_at
    from events
    inner join persons on events.event_id = persons.event_id
    where events.analytics_consent is not null
    union all
    select
        persons.person_key,
        'marketing' as purpose,
        events.marketing_consent as consent,
        events.occurred_at
    from events
    inner join persons on events.event_id = persons.event_id
    where events.marketing_consent is not null

),

-- Of two statements of one instant the refusal counts.
ranked as (

    select
        *,
        row_number() over (partition by person_key, purpose order by occurred_at desc, consent) as place
    from stated

)

select
    person_key,
    coalesce(max(case when purpose = 'analytics' then consent end), 'unknown') as analytics_consent,
    coalesce(max(case when purpose = 'marketing' then consent end), 'unknown') as marketing_consent
from ranked
where place = 1
group by person_key
