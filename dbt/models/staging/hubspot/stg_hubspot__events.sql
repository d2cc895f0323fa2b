{{ config(materialized='table') }}

with

source_email_events as (

    select * from {{ ref('stg_hubspot__email_events') }}

),

source_crm_events as (

    select * from {{ ref('stg_hubspot__crm_events') }}

),

affected_email_events as (

    select *
    from source_email_events
    where {{ is_affected({'contact_key': 'source_email_events.contact_key'}, 'source_email_events.event_partition') }}

),

affected_crm_events as (

    select *
    from source_crm_events
    where {{ is_affected({
        'contact_key': 'source_crm_events.contact_key',
        'user_id': 'source_crm_events.user_id',
        'order_id': 'source_crm_events.order_id',
    }, 'source_crm_events.event_partition') }}

),

-- A page may repeat events of the one before it; what was superseded meanwhile is.
email_events as (

    select *
    from {{ latest_per_key(
        'affected_email_events', ['hubspot_event_id', 'created'], 'loaded_at desc, is_superseded desc, event_partition desc'
    ) }} as latest

),

crm_events as (

    select *
    from {{ latest_per_key('affected_crm_events', ['event_key'], 'loaded_at desc, event_partition desc') }} as latest

),

-- A reply has no campaign of its own: it answers the latest e-mail of its subject that its writer got.
answered as (

    select
        crm_events.event_key,
        email_events.campaign_key,
        row_number() over (
            partition by crm_events.event_key order by email_events.occurred_at desc, email_events.campaign_key
        ) as place
    from crm_events
    inner join email_events
        on
            crm_events.contact_key = email_events.contact_key
            and crm_events.answered_subject = email_events.subject
            and crm_events.occurred_at >= email_events.occurred_at

),

unioned as (

    select
        {{ stable_key(["'hubspot'", 'hubspot_event_id', 'created']) }} as event_id,
        occurred_at,
        cast(null as string) as feed,
        event_name,
        contact_key,
        cast(null as string) as user_id,
        campaign_key,
        campaign_key as email_id,
        url,
        cast(null as decimal(18, 4)) as revenue,
        cast(null as string) as currency,
        cast(null as string) as order_id,
        cast(null as string) as marketing_consent,
        device,
        country,
        {{ json_object_of({
            'agent': 'agent',
            'ip_address': 'ip_address',
            'is_machine': "case when event_name in ('OPEN', 'CLICK') then lower(cast(is_machine as string)) end",
            'is_filtered': "case when is_filtered then 'true' end",
            'superseded': 'case when is_superseded then event_type end',
            'smtp_code': 'smtp_code',
            'drop_reason': 'drop_reason',
        }) }} as properties,
        event_partition,
        loaded_at
    from email_events
    union all
    select
        {{ keyed_id(["'hubspot'", 'crm_events.event_key']) }},
        crm_events.occurred_at,
        -- Each portal numbers its deals by itself.
        case
            when {{ account_of('crm_events.event_partition') }} <> ''
                then replace({{ account_of('crm_events.event_partition') }}, '|', '__')
        end,
        crm_events.event_name,
        crm_events.contact_key,
        crm_events.user_id,
        answered.campaign_key,
        null,
        null,
        crm_events.revenue,
        crm_events.currency,
        crm_events.order_id,
        crm_events.marketing_consent,
        null,
        null,
        crm_events.properties,
        crm_events.event_partition,
        crm_events.loaded_at
    from crm_events
    left join answered on crm_events.event_key = answered.event_key and answered.place = 1

)

select
    event_id,
    occurred_at,
    'hubspot' as source,
    feed,
    event_name,
    contact_key,
    user_id,
    cast(null as string) as client_id,
    cast(null as string) as ga_session_id,
    campaign_key,
    email_id,
    url,
    {{ url_parameter('url', 'utm_source') }} as traffic_source,
    {{ url_parameter('url', 'utm_medium') }} as traffic_medium,
    {{ url_parameter('url', 'utm_campaign') }} as traffic_campaign,
    {{ url_parameter('url', 'utm_content') }} as link_role,
    revenue,
    currency,
    order_id,
    cast(null as string) as order_status,
    cast(null as string) as analytics_consent,
    marketing_consent,
    cast(null as string) as experiment,
    cast(null as string) as variant,
    device,
    country,
    cast(null as double) as engagement_seconds,
    cast(1 as integer) as event_count,
    properties,
    event_partition,
    cast(null as bigint) as source_position,
    loaded_at
from unioned
