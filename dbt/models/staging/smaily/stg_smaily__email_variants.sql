{{ config(materialized='table') }}

with

action_counts as (

    select * from {{ ref('stg_smaily__action_counts') }}

),

statistics as (

    select * from {{ ref('stg_smaily__split_test_statistics') }}

),

campaigns as (

    select * from {{ ref('stg_smaily__all_campaigns') }}

),

logged as (

    select distinct
        campaign_id,
        campaign_name
    from action_counts
    where campaign_id is not null and campaign_name is not null

),

-- The log names the arms of an A/B test differently; the statistics say which section has which name.
named_sections as (

    select
        campaign_id,
        campaign_name,
        min(section_position) as section_position
    from statistics
    group by campaign_id, campaign_name

),

all_names as (

    select
        campaign_id,
        campaign_name
    from logged
    union
    select
        campaign_id,
        campaign_name
    from named_sections

),

-- Without statistics the arms are distinguished by the alphabetical order of their names.
positioned as (

    select
        all_names.campaign_id,
        all_names.campaign_name,
        coalesce(
            named_sections.section_position,
            row_number() over (partition by all_names.campaign_id order by all_names.campaign_name) - 1
        ) as section_position
    from all_names
    left join named_sections
        on
            all_names.campaign_id = named_sections.campaign_id
            and all_names.campaign_name = named_sections.campaign_name

),

lettered as (

    select
        campaigns.campaign_key,
        positioned.campaign_id,
        positioned.campaign_name,
        case when campaigns.kind = 'ab_test' then positioned.section_position else 0 end as section_position,
        case when campaigns.kind = 'ab_test' then chr(65 + cast(positioned.section_position as integer)) end as variant,
        campaigns.campaign_key
        || case
            when campaigns.kind = 'ab_test' then '-' || chr(65 + cast(positioned.section_position as integer))
            else ''
        end as email_id
    from positioned
    inner join campaigns on positioned.campaign_id = campaigns.campaign_id

)

select * from lettered
