with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

clicked_slugs as (

    {{ union_of_email_models('campaign_slugs', ['campaign_slug', 'campaign_key', 'first_clicked_at']) }}

),

-- What the links say outweighs what the campaign's name would make; of two campaigns whose links have the same slug
-- the earlier has it.
candidates as (

    select
        campaign_slug,
        campaign_key,
        1 as precedence,
        first_clicked_at
    from clicked_slugs
    where campaign_key is not null
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
