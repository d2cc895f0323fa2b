{{ config(materialized='view') }}

with

smaily as (

    select * from {{ ref('stg_smaily__events') }}

),

google_analytics as (

    select * from {{ ref('stg_google_analytics__events') }}

),

event_files as (

    select * from {{ ref('stg_event_files__events') }}

),

united as (

    select * from smaily
    union all
    select * from google_analytics
    union all
    select * from event_files

)

select * from united
