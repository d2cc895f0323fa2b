with

persons as (

    select count(*) as persons from {{ ref('dim_persons') }}

),

consents as (

    select * from {{ ref('int_person_consents') }}

),

refused as (

    select count(*) as persons
    from consents
    where {{ refuses_analytics('consents') }}

),

withheld_events as (

    select count(*) as events from {{ ref('int_withheld_events') }}

),

events as (

    select count(*) as events from {{ ref('fct_events') }}

),

statements as (

    select * from {{ ref('int_consent_statements') }}

),

watermark as (

    select * from {{ ref('int_data_watermark') }}

)

select
    'persons_without_consent' as indicator,
    'all' as source,
    'all' as stream,
    cast(watermark.watermark_at as date) as day,
    refused.persons as affected,
    persons.persons + refused.persons as total,
    'persons' as unit
from refused
cross join persons
cross join watermark
union all
select
    'events_without_consent' as indicator,
    'all' as source,
    'all' as stream,
    cast(watermark.watermark_at as date) as day,
    withheld_events.events as affected,
    events.events as total,
    'events' as unit
from withheld_events
cross join events
cross join watermark
union all
select
    'consent_statements_without_person' as indicator,
    cast(source as string) as source,
    coalesce(feed, 'all') as stream,
    cast(occurred_at as date) as day,
    sum(case when person_key is null then 1 else 0 end) as affected,
    count(*) as total,
    'statements' as unit
from statements
group by cast(source as string), coalesce(feed, 'all'), cast(occurred_at as date)
