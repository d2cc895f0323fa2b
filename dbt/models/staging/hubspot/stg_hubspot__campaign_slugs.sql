with

campaign_counts as (

    select * from {{ ref('stg_hubspot__campaign_counts') }}

)

select
    campaign_slug,
    campaign_key,
    min(first_occurred_at) as first_clicked_at
from campaign_counts
where campaign_slug is not null and campaign_key is not null
group by campaign_slug, campaign_key
