with

campaigns as (

    select * from {{ ref('dim_campaigns') }}
    where goal_micro_conversion = 'review_invitation_click'

),

events as (

    select * from {{ ref('fct_events') }}
    where event_name in {{ email_event_names('send') }}

)

-- The sends of e-mails have no second invitation by one e-mail to the same address; events have.
select
    person_key,
    occurred_at
from events
where campaign_key in (select campaign_key from campaigns) and person_key is not null
