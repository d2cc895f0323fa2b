with

events as (

    select * from {{ ref('fct_events') }}

)

select
    campaign_key,
    email_id,
    url,
    min(source) as source,
    min(occurred_at) as first_clicked_at,
    count(case when not is_machine then 1 end) as human_clicks
from events
where event_name in {{ email_event_names('click') }} and url is not null
group by campaign_key, email_id, url
