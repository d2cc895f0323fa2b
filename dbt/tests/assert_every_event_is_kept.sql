{{ config(meta={'dagster': {'ref': {'name': 'fct_events'}}}) }}

select
    (select count(*) from {{ ref('int_events') }}) as events,
    (select count(*) from {{ ref('int_events_identified') }}) as identified,
    (select count(*) from {{ delta('fct_events') }}) as published
where
    (select count(*) from {{ ref('int_events') }}) <> (select count(*) from {{ ref('int_events_identified') }})
    or (select count(*) from {{ ref('int_events') }}) <> (select count(*) from {{ delta('fct_events') }})
