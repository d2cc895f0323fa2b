with

action_counts as (

    select * from {{ ref('stg_smaily__action_counts') }}

),

clicks as (

    select
        campaign_slug,
        campaign_id,
        min(first_occurred_at) as first_clicked_at
    from action_counts
    where action = 'click' and campaign_slug is not null
    group by campaign_slug, campaign_id

)

select
    campaign_slug,
    'smaily-' || campaign_id as campaign_key,
    first_clicked_at
from clicks
