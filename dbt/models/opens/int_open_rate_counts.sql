with

sends as (

    select * from {{ ref('fct_email_sends') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

open_window as (

    select window_days
    from {{ ref('completion_populations') }}
    where micro_conversion = 'email_open'

),

-- An open counts within the same days as in `rpt_completion_rates`.
deliveries as (

    select
        sends.campaign_key,
        campaigns.kind as campaign_kind,
        {{ exposure_is_mature(
            'sends.delivered_at', 'open_window.window_days', outcome_watermark('micro_conversion', 'email_open')
        ) }} as is_mature,
        coalesce(
            sends.first_open_at <= {{ plus_days('sends.delivered_at', 'open_window.window_days') }}, false
        ) as is_opened,
        coalesce(
            sends.first_human_open_at <= {{ plus_days('sends.delivered_at', 'open_window.window_days') }}, false
        ) as is_opened_by_human,
        sends.is_privacy_proxy_open
    from sends
    cross join open_window
    left join campaigns on sends.campaign_key = campaigns.campaign_key
    where sends.delivered_at is not null

),

by_campaign as (

    select
        campaign_key,
        campaign_kind,
        count(case when is_mature then 1 end) as delivered,
        count(case when not is_mature then 1 end) as immature,
        count(case when is_mature and is_opened and is_privacy_proxy_open then 1 end) as proxied,
        count(case when is_mature and is_opened_by_human and is_privacy_proxy_open then 1 end) as proxied_humans,
        count(case when is_mature and is_opened_by_human and not is_privacy_proxy_open then 1 end)
            as unproxied_humans,
        count(case when is_mature and is_opened then 1 end) as opened
    from deliveries
    group by campaign_key, campaign_kind

),

{%- set slices = [('overall', "'all'"), ('campaign_kind', 'campaign_kind'), ('campaign', 'campaign_key')] %}

sliced as (

    {%- for slice_type, slice_value in slices %}
    select
        '{{ slice_type }}' as slice_type,
        {{ slice_value }} as slice_value,
        by_campaign.*
    from by_campaign
    where {{ slice_value }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    slice_type,
    slice_value,
    cast(sum(delivered) as bigint) as delivered,
    cast(sum(immature) as bigint) as immature,
    cast(sum(proxied) as bigint) as proxied,
    cast(sum(delivered) - sum(proxied) as bigint) as unproxied,
    cast(sum(proxied_humans) as bigint) as proxied_humans,
    cast(sum(unproxied_humans) as bigint) as unproxied_humans,
    cast(sum(proxied_humans) + sum(unproxied_humans) as bigint) as humans,
    cast(sum(opened) as bigint) as opened
from sliced
group by slice_type, slice_value
