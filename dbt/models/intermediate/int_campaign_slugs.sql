with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

actions as (

    select * from {{ ref('stg_smaily__actions') }}

),

tagged_clicks as (

    select
        {{ url_parameter('value', 'utm_campaign') }} as campaign_slug,
        campaign_id,
        count(*) as clicks
    from actions
    where action = 'click' and campaign_id is not null
    group by {{ url_parameter('value', 'utm_campaign') }}, campaign_id

),

-- What the links say outweighs what the campaign's name would make.
candidates as (

    select
        tagged_clicks.campaign_slug,
        campaigns.campaign_key,
        1 as precedence,
        tagged_clicks.clicks
    from tagged_clicks
    inner join campaigns on tagged_clicks.campaign_id = campaigns.campaign_id
    where tagged_clicks.campaign_slug is not null
    union all
    select
        {{ slug('campaign_name') }},
        campaign_key,
        2,
        0
    from campaigns
    where campaign_name is not null
    union all
    select
        campaign_name,
        campaign_key,
        3,
        0
    from campaigns
    where campaign_name is not null

),

resolved as (

    select
        campaign_slug,
        campaign_key
    from {{ latest_per_key('candidates', ['campaign_slug'], 'precedence, clicks desc, campaign_key') }} as best

)

select * from resolved
