with

listed as (

    {{ union_of_email_models('campaigns', [
        'campaign_key', 'campaign_id', 'campaign_name', 'kind', 'tags', 'created_at', 'sent_at', 'status',
        'trigger_type',
    ]) }}

),

mentions as (

    {{ union_of_email_models('campaign_mentions', ['campaign', 'first_occurred_at']) }}

),

slugs as (

    {{ union_of_email_models('campaign_slugs', ['campaign_slug']) }}

),

-- Names in events become campaigns of their source unless they mean a campaign that another source lists.
mentioned as (

    select
        source || '-' || {{ slug('campaign') }} as campaign_key,
        source,
        cast(null as string) as campaign_id,
        min(campaign) as campaign_name,
        'campaign' as kind,
        {{ no_list_of_texts() }} as tags,
        min(first_occurred_at) as created_at,
        min(first_occurred_at) as sent_at,
        cast(null as string) as status,
        cast(null as string) as trigger_type
    from mentions
    where
        {{ slug('campaign') }} not in (
            select {{ slug('campaign_name') }} from listed
            where campaign_name is not null
        )
        and {{ slug('campaign') }} not in (
            select {{ slug('campaign_slug') }} from slugs
            where campaign_slug is not null
        )
    group by source, {{ slug('campaign') }}

),

unioned as (

    select
        campaign_key,
        source,
        campaign_id,
        campaign_name,
        kind,
        tags,
        created_at,
        sent_at,
        status,
        trigger_type
    from listed
    union all
    select * from mentioned

)

select * from unioned
