with

campaigns as (

    select * from {{ ref('stg_hubspot__campaigns') }}

)

-- Whether counters of opens and clicks leave filtered events out is not known: they are compared with nothing.
select
    campaign_key,
    coalesce(campaign_name, campaign_key) as campaign_name,
    completed_at,
    sent_count,
    delivered_count,
    bounce_count,
    spamreport_count,
    _extracted_at
from campaigns
-- What is sent by itself may reach a person more than once, and our counts are of persons.
where sent_count is not null and completed_at is not null and kind = 'campaign'
