{{ config(materialized='table') }}

with

source_actions as (

    select * from {{ ref('stg_smaily__actions') }}

),

repeated_hours as (

    select * from {{ ref('stg_smaily__repeated_hours') }}

),

variants as (

    select * from {{ ref('stg_smaily__email_variants') }}

),

campaigns as (

    select * from {{ ref('stg_smaily__all_campaigns') }}

),

affected_actions as (

    select
        source_actions.*,
        {{ stable_key(["'smaily'", account_id('source_actions.account', 'source_actions.seq_id')]) }} as event_id
    from source_actions
    where {{ is_affected({'contact_key': 'source_actions.contact_key'}, 'source_actions.event_partition') }}

),

-- Overlapping pulls may bring an action twice; seq_id is the account's own key.
actions as (

    select
        latest.*,
        {{ disambiguate_repeated_hour('latest', 'repeated_hours') }} as happened_at
    from {{ latest_per_key('affected_actions', ['event_id'], 'loaded_at desc, event_partition desc') }} as latest
    left join repeated_hours
        on
            latest.is_local_time_ambiguous
            and latest.account = repeated_hours.account
            and cast(latest.occurred_at_local as date) = repeated_hours.local_date

),

placed as (

    select
        actions.event_id,
        actions.happened_at as occurred_at,
        'smaily' as source,
        cast(null as string) as feed,
        actions.action as event_name,
        actions.contact_key,
        cast(null as string) as user_id,
        cast(null as string) as client_id,
        cast(null as string) as ga_session_id,
        campaigns.campaign_key,
        variants.email_id,
        actions.url,
        {{ url_parameter('actions.url', 'utm_source') }} as traffic_source,
        {{ url_parameter('actions.url', 'utm_medium') }} as traffic_medium,
        {{ url_parameter('actions.url', 'utm_campaign') }} as traffic_campaign,
        {{ url_parameter('actions.url', 'utm_content') }} as link_role,
        cast(null as decimal(18, 4)) as revenue,
        cast(null as string) as currency,
        cast(null as string) as order_id,
        cast(null as string) as order_status,
        cast(null as string) as analytics_consent,
        cast(null as string) as marketing_consent,
        case when variants.variant is not null then campaigns.campaign_key end as experiment,
        variants.variant,
        cast(null as string) as device,
        actions.country,
        cast(null as double) as engagement_seconds,
        cast(1 as integer) as event_count,
        case
            when actions.action = 'view' then {{ json_object_of({
                'agent': 'actions.agent',
                'ip_address': 'actions.ip_address',
            }) }}
            when actions.action = 'bounce' then {{ json_object_of({'smtp_code': 'actions.smtp_code'}) }}
        end as properties,
        actions.event_partition,
        actions.seq_id as source_position,
        actions.loaded_at
    from actions
    left join campaigns on actions.campaign_id = campaigns.campaign_id
    left join variants
        on
            actions.campaign_id = variants.campaign_id
            and actions.campaign_name = variants.campaign_name

)

select * from placed
