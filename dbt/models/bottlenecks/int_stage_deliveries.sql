with

sends as (

    select * from {{ ref('fct_email_sends') }}
    where person_key is not null and delivered_at is not null

),

emails as (

    select * from {{ ref('dim_emails') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

stages as (

    select * from {{ ref('fct_journey_stages') }}

),

watermark as (

    select
        {{ outcome_watermark('micro_conversion', 'email_click') }} as known_until,
        {{ outcome_known_from('micro_conversion', 'email_click') }} as known_from

),

staged_sends as (

    select
        sends.email_id,
        sends.campaign_key,
        stages.stage as person_stage,
        sends.first_human_click_at is not null
        and sends.first_human_click_at <= {{ plus_days('sends.sent_at', var('next_step_days')) }} as is_clicked,
        {{ exposure_is_mature('sends.sent_at', var('next_step_days'), 'watermark.known_until', 'watermark.known_from') }} as is_mature
    from sends
    cross join watermark
    left join stages
        on
            sends.person_key = stages.person_key
            and sends.sent_at >= stages.entered_at
            and (stages.left_at is null or sends.sent_at < stages.left_at)

)

select
    emails.campaign_key,
    emails.email_id,
    campaigns.sequence_id,
    campaigns.sequence_step,
    emails.content_stage,
    staged_sends.person_stage,
    count(*) as deliveries,
    count(case when staged_sends.is_mature then 1 end) as mature_deliveries,
    count(case when staged_sends.is_mature and staged_sends.is_clicked then 1 end) as clicked
from staged_sends
inner join emails on staged_sends.email_id = emails.email_id
inner join campaigns on emails.campaign_key = campaigns.campaign_key
group by
    emails.campaign_key, emails.email_id, campaigns.sequence_id, campaigns.sequence_step, emails.content_stage,
    staged_sends.person_stage
