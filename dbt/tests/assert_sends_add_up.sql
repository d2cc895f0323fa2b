{{ config(meta={'dagster': {'ref': {'name': 'fct_email_sends'}}}) }}

-- Unique is at most total, human at most gross, a first click never before the first open.
select *
from {{ ref('fct_email_sends') }}
where
    human_opens > opens
    or human_clicks > clicks
    or first_open_at > first_human_open_at
    or first_click_at > first_human_click_at
    or first_open_at > first_click_at
    or first_human_open_at > first_human_click_at
    or (bounced_at is not null and delivered_at is not null)
