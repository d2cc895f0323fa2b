with

actions as (

    select * from {{ ref('stg_smaily__actions') }}

),

variants as (

    select * from {{ ref('int_email_variants') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

placed as (

    select
        {{ stable_key(["'smaily'", 'actions.seq_id']) }} as event_id,
        actions.occurred_at,
        'smaily' as source,
        cast(null as varchar) as feed,
        actions.action as event_name,
        actions.contact_key,
        cast(null as varchar) as user_id,
        cast(null as varchar) as client_id,
        cast(null as varchar) as ga_session_id,
        campaigns.campaign_key,
        variants.email_id,
        case when actions.action = 'click' then actions.value end as url,
        case when actions.action = 'click' then {{ url_parameter('actions.value', 'utm_source') }} end
            as traffic_source,
        case when actions.action = 'click' then {{ url_parameter('actions.value', 'utm_medium') }} end
            as traffic_medium,
        case when actions.action = 'click' then {{ url_parameter('actions.value', 'utm_campaign') }} end
            as traffic_campaign,
        case when actions.action = 'click' then {{ url_parameter('actions.value', 'utm_content') }} end as link_role,
        cast(null as double) as revenue,
        cast(null as varchar) as currency,
        cast(null as varchar) as order_id,
        case when variants.variant is not null then campaigns.campaign_key end as experiment,
        variants.variant,
        cast(null as varchar) as device,
        case
            when actions.action = 'view' then {{ clean_text("split_part(actions.value, ';', 3)") }}
        end as country,
        cast(null as double) as engagement_seconds,
        cast(1 as integer) as event_count,
        case
            when actions.action = 'view' then {{ json_object_of({
                'agent': clean_text("split_part(actions.value, ';', 1)"),
                'ip_address': clean_text("split_part(actions.value, ';', 2)"),
            }) }}
            when actions.action = 'bounce' then {{ json_object_of({'smtp_code': 'actions.value'}) }}
        end as properties,
        actions.loaded_at
    from actions
    left join campaigns on actions.campaign_id = campaigns.campaign_id
    left join variants
        on
            actions.campaign_id = variants.campaign_id
            and actions.campaign_name = variants.campaign_name

)

select * from placed
