{%- set tags = ['utm_source', 'utm_medium', 'utm_campaign'] -%}
{%- set host = "split_part(split_part(split_part(split_part(url, '://', 2), '/', 1), '?', 1), '#', 1)" -%}
with

landings as (

    select * from {{ ref('int_link_landings') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

-- A click has its link's tags, too, and is a session of its own where no page follows.
sessions as (

    select * from {{ ref('fct_sessions') }}
    where page_views > 0 and campaign is not null and substring(campaign, 1, 1) <> '('

),

slugs as (

    select * from {{ ref('int_campaign_slugs') }}

),

links as (

    select * from {{ ref('dim_links') }}

),

link_clicks as (

    select
        link_key,
        sum(clicks) as clicks,
        min(click_date) as first_day,
        max(click_date) as last_day
    from {{ ref('fct_link_clicks_daily') }}
    group by link_key

),

emails as (

    select
        email_id,
        min(campaign_key) as campaign_key,
        sum(judged_clicks) as clicks,
        sum(landed_clicks) as landed_clicks,
        min(first_clicked_at) as first_at,
        max(last_clicked_at) as last_at
    from landings
    where judged_clicks > 0
    group by email_id

),

-- Grouped before names are compared.
visits as (

    select
        source,
        medium,
        campaign,
        channel_group,
        count(*) as visits,
        min(started_at) as first_at,
        max(started_at) as last_at
    from sessions
    group by source, medium, campaign, channel_group

),

-- Visits that name the campaign show that the site is reached and the recipient is lost on the way.
tagged_visits as (

    select
        {{ joined_campaign() }} as campaign_key,
        sum(visits.visits) as visits
    from visits
    {{ join_campaign('visits.campaign') }}
    group by {{ joined_campaign() }}

),

emails_without_visits as (

    select
        emails.*,
        coalesce(tagged_visits.visits, 0) as visits
    from emails
    left join tagged_visits on emails.campaign_key = tagged_visits.campaign_key
    where emails.clicks >= {{ var('utm_audit_minimum_clicks') }} and emails.landed_clicks = 0

),

sources_of_emails as (

    select distinct lower(utm_source) as utm_source
    from links
    where campaign_key is not null and utm_source is not null

),

unknown_campaigns as (

    select
        visits.source,
        visits.medium,
        visits.campaign,
        visits.visits,
        visits.first_at,
        visits.last_at
    from visits
    {{ join_campaign('visits.campaign') }}
    left join sources_of_emails on lower(visits.source) = sources_of_emails.utm_source
    where
        coalesce(slugs.campaign_slug, slugs_of_words.campaign_slug) is null
        and (visits.channel_group = 'Email' or sources_of_emails.utm_source is not null)

),

-- Hosts on which a click was seen to land: tags on links to others serve no purpose.
hosts as (

    select
        {{ host }} as host,
        sum(clicks_on_same_page) as landed_clicks,
        sum(sum(clicks_on_same_page)) over () as all_landed_clicks
    from landings
    where url is not null
    group by {{ host }}

),

own_hosts as (

    select host
    from hosts
    where landed_clicks > 0 or all_landed_clicks = 0

),

links_with_clicks as (

    select
        url,
        min(campaign_key) as campaign_key,
        min(email_id) as subject,
        sum(clicks) as clicks,
        min(first_clicked_at) as first_at,
        max(last_clicked_at) as last_at
    from landings
    where url like 'http%' and {{ host }} in (select host from own_hosts)
    group by url, campaign_key, email_id

    union all

    select
        links.long_url,
        links.campaign_key,
        links.bitlink,
        link_clicks.clicks,
        cast(link_clicks.first_day as timestamp),
        cast(link_clicks.last_day as timestamp)
    from links
    inner join link_clicks on links.link_key = link_clicks.link_key
    where links.bitlink is not null and links.long_url is not null

),

tags_of_links as (

    select
        *,
        {%- for tag in tags %}
        {{ url_parameter('url', tag) }} is null as lacks_{{ tag }}{{ ',' if not loop.last }}
        {%- endfor %}
    from links_with_clicks

),

links_without_tags as (

    select
        *,
        {% for tag in tags -%}
        case when lacks_{{ tag }} then ' {{ tag }}' else '' end{{ ' || ' if not loop.last }}
        {%- endfor %} as missing
    from tags_of_links
    where {% for tag in tags %}lacks_{{ tag }}{{ ' or ' if not loop.last }}{% endfor %}

),

findings as (

    select
        case when visits = 0 then 'clicks_without_visits' else 'visits_without_recipients' end as finding,
        email_id as subject,
        campaign_key,
        cast(null as string) as url,
        clicks as occurrences,
        visits,
        first_at,
        last_at,
        case
            when visits = 0
                then 'No click of this e-mail was followed by a page view: open its links and check that they reach a page with the analytics tag and that redirects keep the UTM parameters.'
            else 'The campaign''s visits are counted, but none belongs to a recipient who clicked: pass contact_key on the landing page, as README says under "What GA4 must receive".'
        end as what_to_do
    from emails_without_visits

    union all

    select
        'unknown_campaign',
        coalesce(source, '(none)') || ' / ' || coalesce(medium, '(none)') || ' / ' || campaign,
        null,
        null,
        visits as occurrences,
        visits,
        first_at,
        last_at,
        'Visits are tagged with a campaign that no source lists: correct utm_campaign in the links, or name the campaign so in the e-mail service.'
    from unknown_campaigns

    union all

    select
        'link_without_tags',
        subject,
        campaign_key,
        url,
        clicks,
        null,
        first_at,
        last_at,
        'Clicks on this link look like other visits: add' || missing || ' to it, or switch on the e-mail service''s tagging.'
    from links_without_tags

)

select
    findings.finding,
    findings.subject,
    findings.campaign_key,
    campaigns.name as campaign_name,
    findings.url,
    cast(findings.occurrences as bigint) as occurrences,
    cast(findings.visits as bigint) as visits,
    findings.first_at,
    findings.last_at,
    findings.what_to_do
from findings
left join campaigns on findings.campaign_key = campaigns.campaign_key
