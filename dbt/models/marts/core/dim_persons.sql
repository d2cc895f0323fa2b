{{ config(materialized='incremental', unique_key='person_key') }}

with

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

kinds as (

    select * from {{ ref('int_person_kinds') }}

),

contacts as (

    select * from {{ ref('int_contacts') }}

),

events as (

    select * from {{ delta('fct_events') }}

),

sessions as (

    select * from {{ delta('fct_sessions') }}

),

macro_conversions as (

    select * from {{ delta('fct_macro_conversions') }}

),

refunds as (

    select * from {{ delta('fct_refunds') }}

),

journey_stages as (

    select * from {{ delta('int_journey_stages') }}

),

time_zones as (

    select * from {{ ref('int_person_time_zones') }}

),

consents as (

    select * from {{ delta('int_person_consents') }}

),

-- What a first touch came from is what its session came from; opening an e-mail shows nothing of it.
first_sessions as (

    select * from {{ latest_per_key('sessions', ['person_key'], 'is_opens_only, session_number') }} as earliest

),

persons as (

    select
        person_key,
        min(person_id) as person_id,
        count(case when identifier_kind = 'contact_key' then 1 end) as addresses,
        count(case when identifier_kind = 'client_id' then 1 end) as devices
    from identifiers
    group by person_key

),

subscriptions as (

    select
        identifiers.person_key,
        min(coalesce(contacts.subscribed_at, contacts.created_at)) as contact_since,
        min(contacts.is_unsubscribed) as has_left_all_lists
    from contacts
    inner join identifiers
        on identifiers.identifier_kind = 'contact_key' and contacts.contact_key = identifiers.identifier
    group by identifiers.person_key

),

ordered_events as (

    select
        *,
        {{ is_human_act() }} as is_act,
        {{ is_activity() }} as is_activity,
        {{ act_order() }} as act_order
    from events
    where person_key is not null

),

-- One pass over a person's events, as numbering the acts to find the first and the last costs three times as much.
person_events as (

    select
        person_key,
        min(occurred_at) as first_seen_at,
        count(case when is_act then 1 end) as acts,
        max(case when is_activity then occurred_at end) as last_acted_at,
        coalesce(
            min_by(source, act_order) filter (where is_activity), min_by(source, act_order) filter (where is_act)
        ) as first_touch_system
    from ordered_events
    group by person_key

),

person_stages as (

    select
        person_key,
        max(highest_stage_rank) as highest_rank,
        max_by(stage_rank, span_number) as current_rank
    from journey_stages
    group by person_key

),

purchases as (

    select
        person_key,
        count(*) as macro_conversions,
        count(case when is_order then 1 end) as orders,
        {{ sum_of_orders('converted_revenue', 'is_order') }} as lifetime_revenue,
        {{ unconverted_orders('converted_revenue', 'is_order') }} as unconverted_orders
    from macro_conversions
    where person_key is not null
    group by person_key

),

money_back as (

    select
        person_key,
        sum(converted_amount) as refunds,
        count(case when converted_amount is null then 1 end) as unconverted_refunds
    from refunds
    where person_key is not null
    group by person_key

),

described as (

    select
        persons.person_key,
        persons.person_id,
        kinds.person_kind,
        kinds.known_at as known_since,
        least(
            coalesce(person_events.first_seen_at, subscriptions.contact_since),
            coalesce(subscriptions.contact_since, person_events.first_seen_at)
        ) as first_seen_at,
        person_events.last_acted_at,
        first_sessions.source as first_touch_source,
        first_sessions.medium as first_touch_medium,
        coalesce(first_sessions.campaign_key, first_sessions.campaign) as first_touch_campaign,
        person_events.first_touch_system,
        time_zones.time_zone,
        time_zones.time_zone_source,
        time_zones.country,
        coalesce(consents.analytics_consent, 'unknown') as analytics_consent,
        coalesce(consents.marketing_consent, 'unknown') as marketing_consent,
        case
            when subscriptions.person_key is null then 'never'
            when subscriptions.has_left_all_lists then 'unsubscribed'
            else 'subscribed'
        end as subscription_status,
        {{ journey_stage_name('person_stages.current_rank') }} as current_stage,
        {{ journey_stage_name('person_stages.highest_rank') }} as highest_stage,
        coalesce(purchases.orders, 0) > 0 as is_customer,
        cast(coalesce(purchases.macro_conversions, 0) as integer) as macro_conversions,
        cast(
            case when purchases.person_key is null then 0 else purchases.lifetime_revenue end as decimal(38, 4)
        ) as lifetime_revenue,
        cast(
            case when purchases.person_key is null then 0 else purchases.lifetime_revenue end
            - coalesce(money_back.refunds, 0) as decimal(38, 4)
        ) as lifetime_net_revenue,
        cast(coalesce(purchases.unconverted_orders, 0) as integer) as unconverted_orders,
        cast(coalesce(money_back.unconverted_refunds, 0) as integer) as unconverted_refunds,
        '{{ var("reporting_currency") }}' as revenue_currency,
        cast(coalesce(person_events.acts, 0) as integer) as acts,
        cast(persons.addresses as integer) as addresses,
        cast(persons.devices as integer) as devices
    from persons
    inner join kinds on persons.person_key = kinds.person_key
    left join first_sessions on persons.person_key = first_sessions.person_key
    left join subscriptions on persons.person_key = subscriptions.person_key
    left join person_events on persons.person_key = person_events.person_key
    left join person_stages on persons.person_key = person_stages.person_key
    left join purchases on persons.person_key = purchases.person_key
    left join money_back on persons.person_key = money_back.person_key
    left join time_zones on persons.person_key = time_zones.person_key
    left join consents on persons.person_key = consents.person_key
    where {{ refuses_analytics('consents') }} = false

)

select * from described
