with

-- Bounces and complaints count whichever recipient; a response is a person's. What was sent long ago can't be changed.
sends as (

    select * from {{ ref('fct_email_sends') }}
    where
        campaign_key is not null
        and sent_at >= {{ plus_days(data_watermark(), -var('action_campaign_days')) }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

-- How long an e-mail is followed before anything is said of its campaign: a click, and a conversion after it.
followed as (

    select
        *,
        {{ exposure_is_mature(
            'sent_at', 2 * var('email_response_days'), outcome_watermark('micro_conversion', 'email_click'),
            outcome_known_from('micro_conversion', 'email_click')
        ) }} as is_mature,
        coalesce(
            first_human_click_at <= {{ plus_days('sent_at', var('email_response_days')) }}, false
        ) as has_clicked,
        coalesce(
            first_human_open_at <= {{ plus_days('sent_at', var('email_response_days')) }}, false
        ) as has_opened
    from sends
    where person_key is not null

),

clicks as (

    select * from followed
    where has_clicked and {{ exposure_is_mature(
        'first_human_click_at', var('email_response_days'), outcome_watermark('macro_conversion'),
        outcome_known_from('macro_conversion')
    ) }}

),

converted as (

    select distinct
        clicks.campaign_key,
        clicks.person_key
    from clicks
    inner join macro_conversions
        on
            clicks.person_key = macro_conversions.person_key
            and macro_conversions.occurred_at >= clicks.first_human_click_at
            and macro_conversions.occurred_at
            <= {{ plus_days('clicks.first_human_click_at', var('email_response_days')) }}

),

persons as (

    select
        campaign_key,
        person_key,
        max(case when is_mature and (has_opened or has_clicked) then 1 else 0 end) as has_opened,
        max(case when is_mature and has_clicked then 1 else 0 end) as has_clicked
    from followed
    group by campaign_key, person_key

),

clickers as (

    select
        campaign_key,
        count(distinct person_key) as persons
    from clicks
    group by campaign_key

),

converters as (

    select
        campaign_key,
        count(*) as persons
    from converted
    group by campaign_key

),

deliveries as (

    select
        campaign_key,
        count(*) as sent,
        count(delivered_at) as delivered,
        count(case when bounce_class = 'hard' then 1 end) as hard_bounced,
        count(complained_at) as complained
    from sends
    group by campaign_key

),

responses as (

    select
        campaign_key,
        cast(sum(has_opened) as bigint) as openers,
        cast(sum(has_clicked) as bigint) as clickers
    from persons
    group by campaign_key

),

rates as (

    select
        campaign_key,
        'click_per_opener' as metric,
        openers as persons,
        clickers as reached
    from responses
    union all
    select
        clickers.campaign_key,
        'conversion_per_clicker',
        clickers.persons,
        coalesce(converters.persons, 0)
    from clickers
    left join converters on clickers.campaign_key = converters.campaign_key
    union all
    select
        campaign_key,
        'hard_bounce',
        sent,
        hard_bounced
    from deliveries
    union all
    select
        campaign_key,
        'spam_complaint',
        delivered,
        complained
    from deliveries

),

described as (

    select
        rates.*,
        campaigns.name as campaign_name,
        campaigns.kind as campaign_kind
    from rates
    inner join campaigns on rates.campaign_key = campaigns.campaign_key

),

large as (

    select * from described
    where persons >= {{ var('action_minimum_persons') }}

),

-- What the better ones of a kind reach.
{{ shrunken_upper_quartiles('large', ['campaign_kind', 'metric']) }}

select
    described.campaign_key,
    described.campaign_name,
    described.campaign_kind,
    described.metric,
    described.persons,
    described.reached,
    upper_quartiles.rate as upper_quartile
from described
left join upper_quartiles
    on described.campaign_kind = upper_quartiles.campaign_kind and described.metric = upper_quartiles.metric
