with

exposures as (

    select * from {{ ref('int_email_exposures') }}

),

open_window as (

    select window_days
    from {{ ref('completion_populations') }}
    where micro_conversion = 'email_open'

),

-- An open counts within the same days as in `rpt_completion_rates`.
deliveries as (

    select
        exposures.campaign_key,
        exposures.campaign_kind,
        exposures.opens_observable_reason,
        {{ exposure_is_mature(
            'exposures.sent_at', 'open_window.window_days', outcome_watermark('micro_conversion', 'email_open')
        ) }} as is_mature,
        exposures.opens_observable = 'yes' as is_observable,
        {{ opened_within('exposures', 'first_open_at', 'open_window.window_days') }} as is_opened,
        {{ opened_within('exposures', 'first_human_open_at', 'open_window.window_days') }} as is_seen
    from exposures
    cross join open_window
    where exposures.delivered_at is not null

),

by_campaign as (

    select
        campaign_key,
        campaign_kind,
        count(case when is_mature then 1 end) as delivered,
        count(case when not is_mature then 1 end) as immature,
        count(case when is_mature and is_opened then 1 end) as opened,
        count(case when is_mature and is_seen then 1 end) as seen,
        count(case when is_mature and is_observable then 1 end) as observable,
        count(case when is_mature and is_observable and is_seen then 1 end) as observable_seen
        {%- for reason in unobservable_reasons() %},
        count(case when is_mature and opens_observable_reason = '{{ reason }}' then 1 end) as {{ reason }},
        count(case when is_mature and opens_observable_reason = '{{ reason }}' and not is_seen then 1 end)
            as unseen_{{ reason }}
        {%- endfor %}
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
    cast(sum(opened) as bigint) as opened,
    cast(sum(seen) as bigint) as seen,
    cast(sum(observable) as bigint) as observable,
    cast(sum(observable_seen) as bigint) as observable_seen
    {%- for reason in unobservable_reasons() %},
    cast(sum({{ reason }}) as bigint) as {{ reason }},
    cast(sum(unseen_{{ reason }}) as bigint) as unseen_{{ reason }}
    {%- endfor %}
from sliced
group by slice_type, slice_value
