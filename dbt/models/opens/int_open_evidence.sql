{{ config(materialized='table') }}

with

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

counts as (

    {%- for source, model in open_evidence_models().items() %}
    select
        '{{ source }}' as source,
        feed,
        campaign_slug,
        sends,
        deliveries,
        clickers,
        opens,
        opens_with_evidence
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

counts_of_campaigns as (

    select
        counts.*,
        {{ joined_campaign() }} as campaign_key
    from counts
    {{ join_campaign('counts.campaign_slug') }}

),

-- A mailer's opens may come in another feed than what it sent, or than the clicks.
opens_by_campaign as (

    select
        source,
        coalesce(campaign_key, campaign_slug) as campaign,
        sum(opens) as opens
    from counts_of_campaigns
    group by source, coalesce(campaign_key, campaign_slug)

),

by_feed as (

    select
        counts.source,
        counts.feed,
        sum(counts.opens) > 0
        and sum(counts.opens_with_evidence) >= {{ var('open_evidence_share') }} * sum(counts.opens) as has_evidence,
        sum(counts.opens) > 0 or coalesce(max(opens_by_campaign.opens), 0) > 0 as has_opens,
        -- A mailer reports sends, deliveries or both of the same e-mails.
        greatest(sum(counts.sends), sum(counts.deliveries)) >= {{ var('unreported_opens_sends') }}
        or sum(counts.clickers) >= {{ var('unreported_opens_clickers') }} as would_have_opens
    from counts_of_campaigns as counts
    left join opens_by_campaign
        on
            counts.source = opens_by_campaign.source
            and coalesce(counts.campaign_key, counts.campaign_slug) = opens_by_campaign.campaign
    group by counts.source, counts.feed

),

by_campaign as (

    select
        counts.source,
        counts.campaign_key,
        sum(counts.opens) as opens,
        sum(counts.opens_with_evidence) as opens_with_evidence,
        sum(counts.clickers) as clickers,
        count(case when greatest(counts.sends, counts.deliveries) > 0 and by_feed.has_evidence then 1 end) as sent_with_evidence,
        count(case when greatest(counts.sends, counts.deliveries) > 0 and not by_feed.has_evidence then 1 end) as sent_without_evidence,
        max(case when by_feed.has_opens then 1 else 0 end) = 1 as has_feed_with_opens,
        max(case when by_feed.would_have_opens then 1 else 0 end) = 1 as would_have_opens
    from counts_of_campaigns as counts
    inner join by_feed on counts.source = by_feed.source and counts.feed = by_feed.feed
    where counts.campaign_key is not null
    group by counts.source, counts.campaign_key

)

-- An unopened campaign would have been opened in the feeds that sent it, and those show what they say of opens.
select
    source,
    campaign_key,
    opens,
    opens_with_evidence,
    case
        when opens > 0 then opens_with_evidence >= {{ var('open_evidence_share') }} * opens
        else sent_with_evidence > 0 and sent_without_evidence = 0
    end as has_evidence,
    opens = 0
    and (
        clickers >= {{ var('unreported_opens_clickers') }}
        or (would_have_opens and not has_feed_with_opens)
    ) as is_without_opens
from by_campaign
