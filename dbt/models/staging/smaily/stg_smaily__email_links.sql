{{ config(materialized='table') }}

with

counts as (

    select * from {{ ref('stg_smaily__action_counts') }}

),

variants as (

    select * from {{ ref('stg_smaily__email_variants') }}

)

select
    variants.email_id,
    count(distinct counts.url) as links
from counts
inner join variants
    on counts.campaign_id = variants.campaign_id and counts.campaign_name = variants.campaign_name
where counts.action = 'click'
group by variants.email_id
