{{ config(materialized='view') }}

with

smaily as (

    select * from {{ ref('int_smaily_events') }}

),

google_analytics as (

    select * from {{ ref('int_google_analytics_events') }}

),

event_files as (

    select * from {{ ref('int_event_file_events') }}

),

united as (

    select * from smaily
    union all
    select * from google_analytics
    union all
    select * from event_files

)

select * from united
