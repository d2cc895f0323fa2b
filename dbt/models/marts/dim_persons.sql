{{ config(materialized='incremental', incremental_strategy='replace_affected', unique_key='person_key') }}

with

identifiers as (

    select * from {{ affected('int_person_identifiers') }}

),

contacts as (

    select * from {{ ref('stg_smaily__contacts') }}

),

events as (

    select * from {{ affected('fct_events') }}

),

macro_conversions as (

    select * from {{ affected('fct_macro_conversions') }}

),

time_zones as (

    select * from {{ ref('int_person_time_zones') }}

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

staged as (

    select
        *,
        {{ entered_stage('journey_stage', 'is_macro') }} as entered_stage,
        row_number() over (partition by person_key order by occurred_at, event_rank, event_id) as act_number
    from events
    where {{ is_human_act() }}

),

first_acts as (

    select
        person_key,
        source as first_touch_source,
        traffic_medium as first_touch_medium,
        coalesce(campaign_key, traffic_campaign) as first_touch_campaign
    from staged
    where act_number = 1

),

stages as (

    select
        person_key,
        max({{ journey_stage_rank('entered_stage') }}) as highest_rank,
        max(case when entered_stage is not null then act_number end) as last_staged_act,
        count(*) as acts,
        max(occurred_at) as last_acted_at
    from staged
    group by person_key

),

current_stages as (

    select
        staged.person_key,
        staged.entered_stage as current_stage
    from staged
    inner join stages on staged.person_key = stages.person_key and staged.act_number = stages.last_staged_act

),

seen as (

    select
        person_key,
        min(occurred_at) as first_seen_at
    from events
    where person_key is not null
    group by person_key

),

purchases as (

    select
        person_key,
        count(*) as macro_conversions,
        {{ exact_sum('revenue') }} as lifetime_revenue,
        case when count(distinct currency) > 1 then 'mixed' else min(currency) end as revenue_currency
    from macro_conversions
    where person_key is not null
    group by person_key

),

described as (

    select
        persons.person_key,
        persons.person_id,
        least(
            coalesce(seen.first_seen_at, subscriptions.contact_since),
            coalesce(subscriptions.contact_since, seen.first_seen_at)
        ) as first_seen_at,
        stages.last_acted_at,
        first_acts.first_touch_source,
        first_acts.first_touch_medium,
        first_acts.first_touch_campaign,
        time_zones.time_zone as timezone,
        time_zones.time_zone_source as timezone_source,
        time_zones.country,
        case when persons.devices > 0 then 'granted' else 'unknown' end as consent_status,
        case
            when subscriptions.person_key is null then 'never'
            when subscriptions.has_left_all_lists then 'unsubscribed'
            else 'subscribed'
        end as subscription_status,
        current_stages.current_stage,
        case stages.highest_rank
            when 1 then 'awareness'
            when 2 then 'consideration'
            when 3 then 'decision'
            when 4 then 'customer'
            when 5 then 'advocacy'
        end as highest_stage,
        purchases.person_key is not null as is_customer,
        cast(coalesce(purchases.macro_conversions, 0) as integer) as macro_conversions,
        coalesce(purchases.lifetime_revenue, 0) as lifetime_revenue,
        purchases.revenue_currency,
        cast(coalesce(stages.acts, 0) as integer) as acts,
        cast(persons.addresses as integer) as addresses,
        cast(persons.devices as integer) as devices
    from persons
    left join subscriptions on persons.person_key = subscriptions.person_key
    left join seen on persons.person_key = seen.person_key
    left join first_acts on persons.person_key = first_acts.person_key
    left join stages on persons.person_key = stages.person_key
    left join current_stages on persons.person_key = current_stages.person_key
    left join purchases on persons.person_key = purchases.person_key
    left join time_zones on persons.person_key = time_zones.person_key

)

select * from described
