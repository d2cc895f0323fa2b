{{ config(materialized='view') }}

with

declared as (

    {{ union_of_data_quality_models() }}

)

select * from declared
