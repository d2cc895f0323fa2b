{%- set days = var('email_response_days') -%}
with

exposures as (

    select * from {{ ref('int_email_exposures') }}

),

traits as (

    select * from {{ ref('int_email_traits') }}

),

completions as (

    select * from {{ ref('int_email_completions') }}
    where is_human

),

goal_completions as (

    select * from {{ ref('int_email_goal_completions') }}

),

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}
    where outcome_type = 'micro_conversion'

),

known as (

    select
        traits.email_id,
        {{ outcome_watermark('micro_conversion', 'email_click') }} as clicks_until,
        {{ outcome_known_from('micro_conversion', 'email_click') }} as clicks_from,
        watermarks.watermark_at as goals_until,
        watermarks.known_from as goals_from
    from traits
    left join watermarks on traits.goal = watermarks.outcome

),

recipients as (

    select
        exposures.email_id,
        exposures.sent_at,
        exposures.opens_observable = 'yes' as is_observable,
        {%- set clicks = ['exposures.sent_at', days, 'known.clicks_until', 'known.clicks_from'] %}
        {{ exposure_is_mature(*clicks) }} as is_mature,
        {{ exposure_is_immature(*clicks) }} as is_immature,
        {{ exposure_is_mature('exposures.sent_at', days, 'known.goals_until', 'known.goals_from') }} as is_goal_mature,
        clicks.person_key is not null as clicked,
        {{ opened_within('exposures', 'first_human_open_at', days) }} as opened,
        goal_completions.person_key is not null as completed
    from exposures
    inner join known on exposures.email_id = known.email_id
    left join completions as clicks
        on
            clicks.micro_conversion = 'email_click'
            and exposures.person_key = clicks.person_key
            and exposures.email_id = clicks.email_id
    left join goal_completions
        on exposures.person_key = goal_completions.person_key and exposures.email_id = goal_completions.email_id
    where exposures.delivered_at is not null

)

select
    email_id,
    count(case when is_mature then 1 end) as delivered,
    count(case when is_mature and clicked then 1 end) as clickers,
    count(case when is_mature and is_observable then 1 end) as observable,
    count(case when is_mature and is_observable and opened then 1 end) as openers,
    count(case when is_goal_mature then 1 end) as delivered_for_goal,
    count(case when is_goal_mature and completed then 1 end) as goal_completers,
    count(case when is_immature then 1 end) as immature,
    min(sent_at) as first_sent_at
from recipients
group by email_id
