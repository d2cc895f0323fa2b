{%- set landing_seconds = var('click_landing_minutes') * 60 -%}
with

events as (

    select * from {{ ref('fct_events') }}

),

watermarks as (

    select * from {{ ref('int_source_watermarks') }}

),

page_views as (

    select
        person_key,
        source,
        feed,
        url,
        occurred_at
    from events
    where event_name in {{ landing_page_view_names() }} and not is_machine

),

-- When page views are known: clicks before the first or after the last cannot be seen to land.
observed as (

    select
        min(page_views.occurred_at) as known_from,
        min(watermarks.watermark_at) as known_until
    from page_views
    inner join watermarks
        on page_views.source = watermarks.source and page_views.feed is not distinct from watermarks.feed

),

clicks as (

    select
        events.event_id,
        events.person_key,
        events.email_id,
        events.campaign_key,
        events.url,
        events.occurred_at,
        coalesce(
            events.occurred_at >= observed.known_from
            and {{ plus_seconds('events.occurred_at', landing_seconds) }} <= observed.known_until,
            false
        ) as is_judged
    from events
    cross join observed
    where
        events.email_id is not null
        and not events.is_machine
        and events.event_name in {{ email_event_names('click') }}

),

landed as (

    select
        clicks.event_id,
        max(case when {{ url_path('clicks.url') }} = {{ url_path('page_views.url') }} then 1 else 0 end) = 1 as is_same_page
    from clicks
    inner join page_views
        on
            clicks.person_key = page_views.person_key
            and page_views.occurred_at >= clicks.occurred_at
            and page_views.occurred_at <= {{ plus_seconds('clicks.occurred_at', landing_seconds) }}
    where clicks.is_judged
    group by clicks.event_id

)

select
    clicks.email_id,
    clicks.url,
    min(clicks.campaign_key) as campaign_key,
    count(*) as clicks,
    count(case when clicks.is_judged then 1 end) as judged_clicks,
    count(landed.event_id) as landed_clicks,
    count(case when landed.is_same_page then 1 end) as clicks_on_same_page,
    min(clicks.occurred_at) as first_clicked_at,
    max(clicks.occurred_at) as last_clicked_at
from clicks
left join landed on clicks.event_id = landed.event_id
group by clicks.email_id, clicks.url
