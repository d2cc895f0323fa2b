{#- What a template has in place of what it knows of the recipient. -#}
{%- set merge_tag = '[{][{][^{}]+[}][}]|[*][|][^|]+[|][*]|%%[^%]+%%|[[][[][^]]+[]][]]|%[a-z_]+[.][a-z_]+%|[{]%[^%]+%[}]' -%}
with

emails as (

    select * from {{ ref('dim_emails') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

signals as (

    select * from {{ ref('wording_signals') }}

),

-- Counts of clicked links do not serve here: of what more people click, more links are known.
contents as (

    select * from {{ ref('int_email_contents') }}

),

clicked_links as (

    select
        email_id,
        {{ url_path('url') }} as path,
        human_clicks,
        coalesce({{ url_parameter('url', 'utm_content') }} in {{ texts(call_roles()) }}, false) as is_call
    from {{ ref('int_clicked_links') }}
    where email_id is not null and human_clicks > 0

),

events as (

    select * from {{ ref('fct_events') }}

),

site_events as (

    select
        url,
        micro_conversion
    from events
    where
        email_id is null
        and micro_conversion is not null
        and url is not null
        and is_person_action
        and not is_machine
    group by url, micro_conversion

),

acts_on_pages as (

    select distinct
        {{ url_path('site_events.url') }} as path,
        lineage.counts_as as micro_conversion
    from site_events
    inner join lineage on site_events.micro_conversion = lineage.micro_conversion

),

reading as (

    select
        email_id,
        {{ exact_sum('engagement_seconds') }} / count(*) as reading_seconds
    from events
    where email_id is not null and not is_machine and engagement_seconds > 0 and {{ is_open() }}
    group by email_id

),

page_clicks as (

    select
        email_id,
        path,
        max(case when is_call then 1 else 0 end) as is_call,
        sum(human_clicks) as human_clicks
    from clicked_links
    where path is not null
    group by email_id, path

),

-- The page of the call that most follow; of all links where none is marked as a call.
main_pages as (

    select * from {{ latest_per_key('page_clicks', ['email_id'], 'is_call desc, human_clicks desc, path') }} as first_page

),

goals as (

    select
        emails.email_id,
        campaigns.kind as campaign_kind,
        {{ flow_or_campaign('campaigns.kind') }} || ' ' || coalesce(campaigns.goal_micro_conversion, 'without goal') as stratum,
        campaigns.goal_micro_conversion as goal,
        coalesce(types.source_system = 'esp', true) as is_goal_in_email
    from emails
    inner join campaigns on emails.campaign_key = campaigns.campaign_key
    left join types on campaigns.goal_micro_conversion = types.micro_conversion

),

-- A goal in the e-mail itself says nothing of the page: then any act on it beyond looking at a page.
landings as (

    select
        main_pages.email_id,
        max(
            case
                when goals.is_goal_in_email and types.commitment_level >= 2 then 1
                when not goals.is_goal_in_email and acts_on_pages.micro_conversion = goals.goal then 1
                else 0
            end
        ) = 1 as lands_on_act
    from main_pages
    inner join goals on main_pages.email_id = goals.email_id
    inner join acts_on_pages on main_pages.path = acts_on_pages.path
    left join types on acts_on_pages.micro_conversion = types.micro_conversion
    group by main_pages.email_id

),

texts_of_emails as (

    select
        email_id,
        {{ spaced_words("coalesce(subject, '') || ' ' || coalesce(preview_text, '')") }} as promise,
        {{ spaced_words("coalesce(cta_wording, '')") }} as call
    from emails

),

signals_found as (

    select
        texts_of_emails.email_id,
        max(case when signals.signal = 'urgency' then 1 else 0 end) = 1 as is_urgent,
        max(case when signals.signal = 'generic_call' then 1 else 0 end) = 1 as is_generic
    from texts_of_emails
    inner join signals
        on
            (signals.signal = 'urgency' and texts_of_emails.promise like '% ' || signals.phrase || ' %')
            or (signals.signal = 'generic_call' and texts_of_emails.call = ' ' || signals.phrase || ' ')
    group by texts_of_emails.email_id

)

select
    emails.email_id,
    emails.campaign_key,
    goals.campaign_kind,
    goals.stratum,
    goals.goal,
    goals.is_goal_in_email,
    emails.subject_length,
    case when contents.email_id is not null then emails.preview_text is not null end as has_preview_text,
    contents.cta_count,
    contents.cta_landing_pages,
    case when emails.cta_wording is not null then coalesce(signals_found.is_generic, false) = false end as has_specific_call,
    case when emails.subject is not null then coalesce(signals_found.is_urgent, false) end as is_urgent,
    coalesce(
        emails.is_personalised,
        {{ text_fits('emails.subject', merge_tag) }} or coalesce({{ text_fits('emails.preview_text', merge_tag) }}, false)
    ) as is_personalised,
    landings.lands_on_act,
    reading.reading_seconds
from emails
inner join goals on emails.email_id = goals.email_id
left join contents on emails.email_id = contents.email_id
left join landings on emails.email_id = landings.email_id
left join signals_found on emails.email_id = signals_found.email_id
left join reading on emails.email_id = reading.email_id
