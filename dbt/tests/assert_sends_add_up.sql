{{ config(meta={'dagster': {'ref': {'name': 'fct_email_sends'}}}) }}

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
