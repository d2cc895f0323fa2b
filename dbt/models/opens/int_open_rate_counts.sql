with

exposures as (

    select * from {{ ref('int_email_exposures') }}

),

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

-- Who refused analytics is not a recipient in person; how many they are is all that is said of them.
sent as (

    select
        campaign_key,
        campaign_kind,
        sent_at,
        first_open_at,
        first_human_open_at,
        opens_observable,
        opens_observable_reason,
        false as is_withheld
    from exposures
    where delivered_at is not null
    union all
    select
        sends.campaign_key,
        {{ flow_or_campaign('campaigns.kind') }} as campaign_kind,
        sends.sent_at,
        null as first_open_at,
        null as first_human_open_at,
        null as opens_observable,
        null as opens_observable_reason,
        true as is_withheld
    from sends
    left join campaigns on sends.campaign_key = campaigns.campaign_key
    where sends.person_key is null and sends.sent_at is not null and sends.delivered_at is not null

),

-- An open counts within the same days as in `rpt_completion_rates`.
timed as (

    select
        sent.*,
        {{ exposure_is_mature(
            'sent.sent_at', 'open_window.window_days', outcome_watermark('micro_conversion', 'email_open'),
            outcome_known_from('micro_conversion', 'email_open')
        ) }} as is_past,
        {{ opened_within('sent', 'first_open_at', 'open_window.window_days') }} as is_opened,
        {{ opened_within('sent', 'first_human_open_at', 'open_window.window_days') }} as is_seen
    from sent
    cross join open_window
    where {{ is_after_begin('sent.sent_at', outcome_known_from('micro_conversion', 'email_open')) }}

),

deliveries as (

    select
        campaign_key,
        campaign_kind,
        opens_observable_reason,
        opens_observable = 'yes' as is_observable,
        {{ are_opens_reported('opens_observable_reason') }} as are_opens_reported,
        is_opened,
        is_seen,
        is_past and not is_withheld as is_mature,
        not is_past and not is_withheld as is_immature,
        is_past and is_withheld as is_withheld
    from timed

),

by_campaign as (

    select
        campaign_key,
        campaign_kind,
        count(case when is_mature then 1 end) as delivered,
        count(case when is_immature then 1 end) as immature,
        count(case when is_withheld then 1 end) as withheld,
        count(case when is_mature and is_opened and are_opens_reported then 1 end) as opened,
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
    cast(sum(withheld) as bigint) as withheld,
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
