with

words as (

    select distinct word from {{ ref('int_segment_terms') }}
    where is_evaluated

),

lineage as (

    select lineage.*
    from {{ ref('int_micro_conversion_lineage') }} as lineage
    inner join words on lineage.counts_as = words.word

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}
    where person_key is not null

),

negative_events as (

    select
        events.event_id,
        events.person_key,
        events.session_id,
        events.occurred_at,
        cast(events.micro_conversion as string) as micro_conversion
    from {{ ref('fct_events') }} as events
    inner join types on cast(events.micro_conversion as string) = types.micro_conversion and types.polarity = 'negative'
    where events.person_key is not null and events.is_machine = false

),

sends as (

    select * from {{ ref('fct_email_sends') }}
    where person_key is not null

),

sessions as (

    select * from {{ ref('fct_sessions') }}
    where is_opens_only = false

),

persons as (

    select * from {{ ref('dim_persons') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

-- What two sources report of one visit is one trial.
trials as (

    select
        micro_conversions.person_key,
        min(micro_conversions.occurred_at) as started_at,
        coalesce(max({{ stated_trial_days('events.properties') }}), {{ var('trial_days') }}) as trial_days,
        coalesce(micro_conversions.session_id, micro_conversions.event_id) as occasion
    from micro_conversions
    inner join {{ ref('int_micro_conversion_lineage') }} as lineage
        on
            cast(micro_conversions.micro_conversion as string) = lineage.micro_conversion
            and lineage.counts_as = 'free_trial_signup'
    inner join {{ ref('fct_events') }} as events on micro_conversions.event_id = events.event_id
    group by micro_conversions.person_key, coalesce(micro_conversions.session_id, micro_conversions.event_id)

),

ends_of_trials as (

    select
        *,
        {{ plus_days('started_at', 'trial_days') }} as ends_at
    from trials

),

-- One per e-mail or visit and topic.
topic_acts as (

    select
        case when lineage.counts_as = 'email_click' then 'topic_click' else 'topic_visit' end as word,
        micro_conversions.person_key,
        micro_conversions.occurred_at,
        micro_conversions.session_id,
        micro_conversions.event_id,
        micro_conversions.email_id,
        coalesce(
            {{ topic_of_url('micro_conversions.url') }},
            case when lineage.counts_as = 'email_click' then {{ topic_of_tags('campaigns.tags') }} end
        ) as topic
    from micro_conversions
    inner join {{ ref('int_micro_conversion_lineage') }} as lineage
        on
            cast(micro_conversions.micro_conversion as string) = lineage.micro_conversion
            and lineage.counts_as in ('email_click', 'product_page_visit', 'category_page_visit')
    left join campaigns on micro_conversions.campaign_key = campaigns.campaign_key

),

first_topic_acts as (

    select
        word,
        person_key,
        topic,
        min(occurred_at) as occurred_at,
        min(session_id) as session_id,
        min(event_id) as occasion
    from topic_acts
    where topic is not null
    group by
        word, person_key, topic,
        case when word = 'topic_click' then coalesce(email_id, cast(event_id as string)) else cast(session_id as string) end

),

acts as (

    select
        lineage.counts_as as word,
        micro_conversions.person_key,
        micro_conversions.occurred_at,
        micro_conversions.session_id,
        coalesce(micro_conversions.session_id, micro_conversions.event_id) as occasion,
        cast(null as string) as topic,
        cast(null as decimal(38, 4)) as amount
    from micro_conversions
    inner join lineage on cast(micro_conversions.micro_conversion as string) = lineage.micro_conversion
    union all
    select
        cast(journey_stage as string) || '_step',
        person_key,
        occurred_at,
        session_id,
        coalesce(session_id, event_id),
        null,
        null
    from micro_conversions
    union all
    select
        lineage.counts_as,
        macro_conversions.person_key,
        macro_conversions.occurred_at,
        macro_conversions.session_id,
        macro_conversions.macro_conversion_id,
        null,
        macro_conversions.net_revenue
    from macro_conversions
    inner join lineage on cast(macro_conversions.macro_conversion as string) = lineage.micro_conversion
    union all
    select
        'macro_conversion',
        person_key,
        occurred_at,
        session_id,
        macro_conversion_id,
        null,
        net_revenue
    from macro_conversions
    union all
    select
        'order',
        person_key,
        occurred_at,
        session_id,
        macro_conversion_id,
        null,
        net_revenue
    from macro_conversions
    where is_order
    union all
    select
        'kept_order',
        person_key,
        occurred_at,
        session_id,
        macro_conversion_id,
        null,
        net_revenue
    from macro_conversions
    where is_order and is_fully_refunded = false
    union all
    select
        lineage.counts_as,
        negative_events.person_key,
        negative_events.occurred_at,
        negative_events.session_id,
        negative_events.event_id,
        null,
        null
    from negative_events
    inner join lineage on negative_events.micro_conversion = lineage.micro_conversion
    union all
    select
        'human_click',
        person_key,
        first_human_click_at,
        null,
        email_send_id,
        null,
        null
    from sends
    where first_human_click_at is not null
    union all
    select
        'delivery',
        person_key,
        delivered_at,
        null,
        email_send_id,
        null,
        null
    from sends
    where delivered_at is not null
    union all
    select
        'visit',
        person_key,
        started_at,
        session_id,
        session_id as occasion,
        null,
        null
    from sessions
    {%- for word, instant in {
        'trial_midpoint': plus_seconds('started_at', 'trial_days * 43200'),
        'trial_last_days': 'greatest(started_at, ' ~ plus_days('ends_at', -3) ~ ')',
        'trial_end': 'ends_at',
    }.items() %}
    union all
    select
        '{{ word }}',
        person_key,
        {{ instant }},
        null,
        occasion,
        null,
        null
    from ends_of_trials
    {%- endfor %}
    union all
    select
        'first_seen',
        person_key,
        first_seen_at,
        null,
        person_key as occasion,
        null,
        null
    from persons
    union all
    select
        word,
        person_key,
        occurred_at,
        session_id,
        occasion,
        topic,
        null
    from first_topic_acts

)

select acts.*
from acts
inner join words on acts.word = words.word
