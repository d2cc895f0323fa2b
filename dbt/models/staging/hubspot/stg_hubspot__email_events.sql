with

source as (

    select * from {{ source('hubspot', 'email_events') }}
    -- From 1990 to 2100; another number is not a time.
    where created between 631152000000 and 4102444800000

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

renamed as (

    select
        {{ account_prefix('source._partition') }} || source.id as hubspot_event_id,
        source.created,
        {{ epoch_milliseconds('source.created') }} as occurred_at,
        upper(source.type) as event_type,
        case
            when source.obsoleted_by_id is not null then 'SUPERSEDED'
            when upper(source.type) = 'STATUSCHANGE' and upper(source.portal_subscription_status) = 'UNSUBSCRIBED'
                then 'UNSUBSCRIBED'
            else upper(source.type)
        end as event_name,
        {{ known_identifier('contact', hex_text('source.contact_key')) }} as contact_key,
        'hubspot-' || {{ account_prefix('source._partition') }} || source.campaign_id as campaign_key,
        source.obsoleted_by_id is not null as is_superseded,
        coalesce(lower(source.is_filtered) = 'true', false) as is_filtered,
        coalesce(lower(source.is_filtered) = 'true' or lower(source.browser_type) = 'proxy', false) as is_machine,
        lower({{ clean_text('source.subject') }}) as subject,
        {{ clean_text('source.url') }} as url,
        {{ clean_text('source.user_agent') }} as agent,
        {{ clean_text('source.ip_address') }} as ip_address,
        lower({{ clean_text('source.device_type') }}) as device,
        {{ clean_text('source.country') }} as country,
        case when upper(source.type) = 'BOUNCE' then {{ clean_text('source.bounce_status') }} end as smtp_code,
        {{ clean_text('source.drop_reason') }} as drop_reason,
        {{ event_partition('hubspot', 'source._partition') }} as event_partition,
        {{ instant_to_utc('source._extracted_at') }} as loaded_at
    from source
    {{ join_placeholders({'contact': hex_text('source.contact_key')}) }}

)

select * from renamed
