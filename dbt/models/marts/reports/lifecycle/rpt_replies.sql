{%- set days = var('email_response_days') -%}
{%- set known_until = outcome_watermark('micro_conversion', 'email_reply') -%}
{%- set known_from = outcome_known_from('micro_conversion', 'email_reply') -%}
with

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

observable as (

    select is_observable
    from {{ ref('int_observable_micro_conversions') }}
    where micro_conversion = 'email_reply'

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

sends as (

    select * from {{ ref('fct_email_sends') }}
    where person_key is not null and delivered_at is not null and campaign_key is not null

),

replies as (

    select
        micro_conversions.person_key,
        micro_conversions.campaign_key,
        micro_conversions.occurred_at
    from micro_conversions
    inner join lineage
        on micro_conversions.micro_conversion = lineage.micro_conversion and lineage.counts_as = 'email_reply'

),

deliveries as (

    select
        person_key,
        campaign_key,
        min(delivered_at) as delivered_at
    from sends
    where exists (select 1 from replies) and {{ is_after_begin('delivered_at', known_from) }}
    group by person_key, campaign_key

),

followed as (

    select
        deliveries.campaign_key,
        deliveries.person_key,
        {{ exposure_is_mature('min(deliveries.delivered_at)', days, known_until, known_from) }} as is_mature,
        count(replies.occurred_at) > 0 as has_replied
    from deliveries
    left join replies
        on
            deliveries.person_key = replies.person_key
            and deliveries.campaign_key = replies.campaign_key
            and replies.occurred_at >= deliveries.delivered_at
            and replies.occurred_at <= {{ plus_days('deliveries.delivered_at', days) }}
    group by deliveries.campaign_key, deliveries.person_key

),

counts as (

    select
        campaign_key,
        count(case when is_mature then 1 end) as delivered,
        count(case when not is_mature then 1 end) as immature,
        count(case when is_mature and has_replied then 1 end) as replied
    from followed
    group by campaign_key

),

-- Replies that name no campaign belong to none.
totals as (

    select
        count(*) as replies,
        count(distinct person_key) as persons,
        count(case when campaign_key is null then 1 end) as without_campaign
    from replies

),

rows_of_report as (

    select
        counts.campaign_key,
        counts.delivered,
        counts.immature,
        counts.replied,
        cast(null as bigint) as replies,
        cast(null as bigint) as without_campaign
    from counts
    union all
    select
        '(all)',
        cast(coalesce((select sum(delivered) from counts), 0) as bigint),
        cast(coalesce((select sum(immature) from counts), 0) as bigint),
        cast(coalesce((select sum(replied) from counts), 0) as bigint),
        replies,
        without_campaign
    from totals

)

select
    rows_of_report.campaign_key,
    'known' as person_population,
    {{ lifecycle_status('observable.is_observable', 'rows_of_report.delivered', 'rows_of_report.immature') }} as status,
    case when coalesce(observable.is_observable, false) = false then 'No source reports email_reply.' end as reason,
    {{ days }} as window_days,
    rows_of_report.delivered,
    rows_of_report.immature as immature_deliveries,
    rows_of_report.immature = 0 as is_mature,
    case when observable.is_observable then rows_of_report.replied end as replied,
    case when observable.is_observable then rows_of_report.replies end as replies,
    case when observable.is_observable then rows_of_report.without_campaign end as replies_without_campaign,
    case when observable.is_observable then rows_of_report.replied / cast(nullif(rows_of_report.delivered, 0) as double) end
        as rate,
    case when observable.is_observable then {{ wilson_interval('rows_of_report.replied', 'rows_of_report.delivered', 'lower') }}
    end as lower,
    case when observable.is_observable then {{ wilson_interval('rows_of_report.replied', 'rows_of_report.delivered', 'upper') }}
    end as upper,
    'recipients who replied within {{ days }} days of the delivery, mature deliveries; Wilson interval' as method
from rows_of_report
left join observable on true
