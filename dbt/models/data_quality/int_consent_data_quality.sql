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
