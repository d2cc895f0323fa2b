with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

goals as (

    select * from {{ ref('campaign_goals') }}

),

tagged as (

    select
        campaigns.campaign_key,
        goals.goal_micro_conversion,
        goals.sequence_id,
        goals.sequence_step,
        row_number() over (
            partition by campaigns.campaign_key order by goals.priority, goals.campaign_tag
        ) as goal_rank
    from campaigns
    inner join goals on {{ list_holds('campaigns.tags', 'goals.campaign_tag') }}

),

described as (

    select
        campaigns.campaign_key,
        campaigns.source,
        campaigns.campaign_name as name,
        campaigns.kind,
        {{ list_as_text('campaigns.tags') }} as tags,
        campaigns.status,
        campaigns.trigger_type,
        campaigns.created_at,
        campaigns.sent_at,
        tagged.goal_micro_conversion,
        tagged.sequence_id,
        tagged.sequence_step
    from campaigns
    left join tagged on campaigns.campaign_key = tagged.campaign_key and tagged.goal_rank = 1

)

select * from described
