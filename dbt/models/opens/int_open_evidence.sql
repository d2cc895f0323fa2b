{{ config(materialized='table') }}

with

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

counts as (

    {%- for source, model in open_evidence_models().items() %}
    select
        '{{ source }}' as source,
        campaign_slug,
        opens,
        opens_with_evidence
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

by_campaign as (

    select
        counts.source,
        slugs.campaign_key,
        sum(counts.opens) as opens,
        sum(counts.opens_with_evidence) as opens_with_evidence
    from counts
    inner join slugs on counts.campaign_slug = slugs.campaign_slug
    group by counts.source, slugs.campaign_key

)

select
    source,
    campaign_key,
    opens,
    opens_with_evidence,
    opens > 0 and opens_with_evidence >= {{ var('open_evidence_share') }} * opens as has_evidence
from by_campaign
