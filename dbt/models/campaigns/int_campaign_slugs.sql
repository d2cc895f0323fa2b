with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

action_counts as (

    select * from {{ ref('stg_smaily__action_counts') }}

),

tagged_clicks as (

    select
        campaign_slug,
        campaign_id,
        min(first_occurred_at) as first_clicked_at
    from action_counts
    where action = 'click' and campaign_id is not null and campaign_slug is not null
    group by campaign_slug, campaign_id

),

-- What the links say outweighs what the campaign's name would make; of two campaigns whose links bear the same slug
-- the earlier has it.
candidates as (

    select
        tagged_clicks.campaign_slug,
        campaigns.campaign_key,
        1 as precedence,
        tagged_clicks.first_clicked_at
    from tagged_clicks
    inner join campaigns on tagged_clicks.campaign_id = campaigns.campaign_id
    union all
    select
        {{ slug('campaign_name') }},
        campaign_key,
        2,
        null
    from campaigns
    where campaign_name is not null
    union all
    select
        campaign_name,
        campaign_key,
        3,
        null
    from campaigns
    where campaign_name is not null

),

resolved as (

    select
        campaign_slug,
        campaign_key
    from {{ latest_per_key('candidates', ['campaign_slug'], 'precedence, first_clicked_at nulls last, campaign_key') }} as best

)

select * from resolved
