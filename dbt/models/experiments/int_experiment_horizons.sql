{#-
    How long earlier mailings took: the days after the send by which `experiment_curve_share` of the persons who ever responded
    within the fixed horizon had done so.
-#}
{%- set days = var('experiment_outcome_days') -%}
with

arms as (

    select * from {{ ref('int_experiment_arms') }}

),

sends as (

    select * from {{ ref('fct_email_sends') }}
    where person_key is not null and sent_at is not null

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

exits as (

    select * from {{ ref('int_person_exits') }}

),

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}

),

-- Who enters an automation meets it at another time than who gets a mailing.
tests as (

    select
        experiment,
        min(first_assigned_at) as starts_at
    from arms
    where not is_over_time
    group by experiment

),

mailings as (

    select
        sends.campaign_key,
        min(sends.sent_at) as first_sent_at,
        max(sends.sent_at) as last_sent_at
    from sends
    inner join campaigns on sends.campaign_key = campaigns.campaign_key
    where campaigns.kind <> 'flow'
    group by sends.campaign_key

),

earlier_mailings as (

    select
        tests.experiment,
        tests.starts_at,
        mailings.campaign_key,
        mailings.first_sent_at,
        mailings.last_sent_at
    from tests
    inner join mailings
        on
            mailings.last_sent_at < tests.starts_at
            and mailings.first_sent_at >= {{ plus_days('tests.starts_at', '-' ~ var('experiment_history_days')) }}

),

-- One row per person and mailing, from the first e-mail of it.
mailed_persons as (

    select
        campaign_key,
        person_key,
        min(sent_at) as sent_at,
        min(first_human_click_at) as first_human_click_at
    from sends
    where campaign_key in (select earlier_mailings.campaign_key from earlier_mailings)
    group by campaign_key, person_key

),

acts as (

    select
        micro_conversions.person_key,
        lineage.counts_as as metric,
        micro_conversions.occurred_at
    from micro_conversions
    inner join lineage on micro_conversions.micro_conversion = lineage.micro_conversion
    union all
    select
        person_key,
        'conversion' as metric,
        occurred_at
    from macro_conversions
    where person_key is not null
    union all
    select
        person_key,
        cast(reason as string) as metric,
        exited_at as occurred_at
    from exits
    where reason in ('unsubscribe', 'spam_complaint')

),

responses as (

    select
        campaign_key,
        'human_click' as metric,
        {{ seconds_between('sent_at', 'first_human_click_at') }} as delay
    from mailed_persons
    where
        first_human_click_at >= sent_at
        and first_human_click_at <= {{ plus_days('sent_at', metric_horizon_days("'human_click'")) }}
    union all
    select
        mailed_persons.campaign_key,
        acts.metric,
        {{ seconds_between('mailed_persons.sent_at', 'min(acts.occurred_at)') }} as delay
    from mailed_persons
    inner join acts
        on
            mailed_persons.person_key = acts.person_key
            and acts.occurred_at >= mailed_persons.sent_at
            and acts.occurred_at <= {{ plus_days('mailed_persons.sent_at', days) }}
    group by mailed_persons.campaign_key, mailed_persons.person_key, mailed_persons.sent_at, acts.metric

),

responses_by_day as (

    select
        campaign_key,
        metric,
        greatest(ceil(delay / 86400.0), 1) as day,
        count(*) as responses
    from responses
    group by campaign_key, metric, greatest(ceil(delay / 86400.0), 1)

),

-- A mailing counts once all of its responses were in before the test began: nothing that the test itself shows decides
-- how long it is awaited.
curves as (

    select
        earlier_mailings.experiment,
        responses_by_day.metric,
        responses_by_day.day,
        sum(responses_by_day.responses) as responses
    from earlier_mailings
    inner join responses_by_day on earlier_mailings.campaign_key = responses_by_day.campaign_key
    inner join watermarks
        on
            {{ metric_outcome_type('responses_by_day.metric') }} = watermarks.outcome_type
            and {{ metric_outcome('responses_by_day.metric') }} = watermarks.outcome
    where
        {{ plus_days('earlier_mailings.last_sent_at', metric_horizon_days('responses_by_day.metric')) }}
        <= earlier_mailings.starts_at
        and {{ plus_days('earlier_mailings.last_sent_at', metric_horizon_days('responses_by_day.metric')) }}
        <= watermarks.watermark_at
        and {{ is_after_begin('earlier_mailings.first_sent_at', 'watermarks.known_from') }}
    group by earlier_mailings.experiment, responses_by_day.metric, responses_by_day.day

),

cumulated as (

    select
        experiment,
        metric,
        day,
        sum(responses) over (partition by experiment, metric order by day) as responses_so_far,
        sum(responses) over (partition by experiment, metric) as responses
    from curves

),

reached as (

    select
        experiment,
        metric,
        max(responses) as responses,
        min(case when responses_so_far >= {{ var('experiment_curve_share') }} * responses then day end) as day
    from cumulated
    group by experiment, metric

),

found as (

    select
        experiment,
        metric,
        responses,
        day
    from reached
    union all
    select
        experiment,
        'net_revenue' as metric,
        responses,
        day
    from reached
    where metric = 'conversion'

)

select
    experiment,
    metric,
    cast(responses as bigint) as responses,
    cast(day as integer) as reached_after_days,
    cast(
        case
            when responses < {{ var('experiment_curve_responses') }} then {{ metric_horizon_days('metric') }}
            else greatest(day, {{ shortest_horizon_days('metric') }})
        end as integer
    ) as horizon_days,
    case
        when responses < {{ var('experiment_curve_responses') }} then 'fixed: too few earlier responses'
        when day < {{ shortest_horizon_days('metric') }} then 'shortest allowed: earlier mailings took less'
        when day < {{ metric_horizon_days('metric') }} then 'earlier mailings'
        else 'fixed: earlier mailings took as long'
    end as horizon_basis
from found
