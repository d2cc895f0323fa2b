with

variants as (

    select * from {{ ref('int_email_variants') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

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
from_smaily as (

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
        from_smaily.email_id,
        from_smaily.campaign_key,
        from_smaily.campaign_id,
        from_smaily.variant,
        cast(coalesce(
            {{ json_path_text('split_tests.sections', "'$[' || from_smaily.section_position || '].subject'") }},
            {{ json_path_text('automations.sections', "'$[0].name'") }},
            statistics.subject
        ) as varchar) as subject
    from from_smaily
    left join statistics on from_smaily.campaign_id = statistics.campaign_id
    left join split_tests on from_smaily.campaign_id = split_tests.campaign_id
    left join automations on from_smaily.campaign_id = automations.campaign_id

),

from_files as (

    select
        campaign_key as email_id,
        campaign_key,
        campaign_id,
        cast(null as varchar) as variant,
        cast(null as varchar) as subject
    from campaigns
    where source = 'event_files'

),

united as (

    select * from subjects
    union all
    select * from from_files

)

select * from united
