with

variants as (

    select * from {{ ref('stg_smaily__email_variants') }}

),

statistics as (

    select * from {{ ref('stg_smaily__campaign_statistics') }}

),

split_tests as (

    select * from {{ ref('stg_smaily__split_tests') }}

),

automations as (

    select * from {{ ref('stg_smaily__automations') }}

),

-- A renamed campaign has several names in the log but is one e-mail.
emails as (

    select
        campaign_key,
        email_id,
        min(campaign_id) as campaign_id,
        min(variant) as variant,
        min(section_position) as section_position
    from variants
    group by campaign_key, email_id

),

subjects as (

    select
        emails.email_id,
        emails.campaign_key,
        emails.campaign_id,
        emails.variant,
        cast(coalesce(
            {{ json_path_text('split_tests.sections', "'$[' || emails.section_position || '].subject'") }},
            {{ json_path_text('automations.sections', "'$[0].name'") }},
            {{ json_path_text('automations.sections', "'$[0].subject'") }},
            statistics.subject
        ) as string) as subject
    from emails
    left join statistics on emails.campaign_id = statistics.campaign_id
    left join split_tests on emails.campaign_id = split_tests.campaign_id
    left join automations on emails.campaign_id = automations.campaign_id

)

select * from subjects
