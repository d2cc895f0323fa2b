with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

listed as (

    {{ union_of_email_models('emails', ['email_id', 'campaign_key', 'campaign_id', 'variant', 'subject']) }}

),

-- Of a campaign that events only mention no more than one e-mail is known.
mentioned as (

    select
        campaign_key as email_id,
        campaign_key,
        campaign_id,
        cast(null as string) as variant,
        cast(null as string) as subject
    from campaigns
    where source in {{ texts(email_models('campaign_mentions')) }}

),

unioned as (

    select
        email_id,
        campaign_key,
        campaign_id,
        variant,
        subject
    from listed
    union all
    select * from mentioned

)

select * from unioned
