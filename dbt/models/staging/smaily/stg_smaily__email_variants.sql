{{ config(materialized='table') }}

with

action_counts as (

    select * from {{ ref('stg_smaily__action_counts') }}

),

arms as (

    select * from {{ ref('stg_smaily__split_test_arms') }}

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

-- Of a test that the log no longer has, its sections by name.
unlogged_sections as (

    select
        campaign_id,
        campaign_name,
        min(section_position) as section_position
    from statistics
    where campaign_id not in (select campaign_id from logged)
    group by campaign_id, campaign_name
    having count(*) = 1

),

-- Arms have the letters of their sections; unless every arm's is known, those of the order of their names.
lettered_arms as (

    select
        campaign_id,
        campaign_name,
        section_position,
        case
            when
                count(section_position) over (partition by campaign_id) = count(*) over (partition by campaign_id)
                then section_position
            else row_number() over (partition by campaign_id order by campaign_name) - 1
        end as letter
    from arms

),

positioned as (

    select
        logged.campaign_id,
        logged.campaign_name,
        lettered_arms.section_position,
        coalesce(
            lettered_arms.letter,
            row_number() over (partition by logged.campaign_id order by logged.campaign_name) - 1
        ) as letter
    from logged
    left join lettered_arms
        on logged.campaign_id = lettered_arms.campaign_id and logged.campaign_name = lettered_arms.campaign_name
    union all
    select
        campaign_id,
        campaign_name,
        section_position,
        section_position as letter
    from unlogged_sections

),

lettered as (

    select
        campaigns.campaign_key,
        positioned.campaign_id,
        positioned.campaign_name,
        case when campaigns.kind = 'ab_test' then positioned.section_position else 0 end as section_position,
        case when campaigns.kind = 'ab_test' then chr(65 + cast(positioned.letter as integer)) end as variant,
        campaigns.campaign_key
        || case
            when campaigns.kind = 'ab_test' then '-' || chr(65 + cast(positioned.letter as integer))
            else ''
        end as email_id
    from positioned
    inner join campaigns on positioned.campaign_id = campaigns.campaign_id

)

select * from lettered
