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
        opens,
        opens_with_evidence
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

by_feed as (

    select
        source,
        feed,
        sum(opens) > 0 and sum(opens_with_evidence) >= {{ var('open_evidence_share') }} * sum(opens) as has_evidence
    from counts
    group by source, feed

),

by_campaign as (

    select
        counts.source,
        slugs.campaign_key,
        sum(counts.opens) as opens,
        sum(counts.opens_with_evidence) as opens_with_evidence,
        count(case when counts.sends > 0 and by_feed.has_evidence then 1 end) as sent_with_evidence,
        count(case when counts.sends > 0 and not by_feed.has_evidence then 1 end) as sent_without_evidence
    from counts
    inner join slugs on counts.campaign_slug = slugs.campaign_slug and slugs.campaign_key is not null
    inner join by_feed on counts.source = by_feed.source and counts.feed = by_feed.feed
    group by counts.source, slugs.campaign_key

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
    end as has_evidence
from by_campaign
