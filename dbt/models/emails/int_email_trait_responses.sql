with

traits as (

    select * from {{ ref('int_email_traits') }}

),

responses as (

    select * from {{ ref('int_email_responses') }}

)

select
    traits.*,
    responses.delivered,
    responses.clickers,
    responses.observable,
    responses.openers,
    case when traits.goal is not null then responses.delivered_for_goal end as delivered_for_goal,
    responses.goal_completers,
    responses.immature,
    case
        when {{ flow_or_campaign('traits.campaign_kind') }} = 'campaign'
            then cast({{ period_start('month', 'responses.first_sent_at') }} as string)
    end as sent_month
from traits
inner join responses on traits.email_id = responses.email_id
