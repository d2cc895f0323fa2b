with

campaign_statistics as (

    select * from {{ ref('stg_smaily__campaign_statistics') }}

)

select
    'smaily-' || campaign_id as campaign_key,
    campaign_name,
    completed_at,
    total_count,
    delivered_count,
    bounce_count,
    opened_count,
    view_count,
    unique_click_count,
    click_count,
    unsubscribe_count,
    complaint_count,
    forward_count,
    _extracted_at
from campaign_statistics
where status = 'COMPLETED'
