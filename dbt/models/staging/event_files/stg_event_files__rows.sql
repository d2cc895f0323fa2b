with

source as (

    select * from {{ source('event_files', 'event_files') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

feeds as (

    select * from {{ ref('stg_event_files__feeds') }}

),

renamed as (

    select
        source.feed,
        {{ clean_text('event_id') }} as file_event_id,
        -- A day without a time is its end; what an e-mail leads to that day comes after it was sent.
        {{ instant_to_utc("case when event_name in " ~ own_email_names(['send', 'delivered'])
            ~ " and _given_at < occurred_at then _given_at else occurred_at end") }} as occurred_at,
        event_name,
        {{ known_identifier('contact', 'contact_key') }} as contact_key,
        -- Without a namespace a user id is that of any other source, as an account's number in web analytics.
        {{ user_of_feed('feeds.user_namespace', known_identifier('user', 'user_id')) }} as user_id,
        {{ known_identifier('client', 'client_id') }} as client_id,
        {{ clean_text('url') }} as url,
        case when lower({{ trimmed('campaign') }}) not in {{ texts(var('absent_values')) }} then {{ clean_text('campaign') }} end
            as campaign,
        {{ clean_text('source') }} as traffic_source,
        {{ clean_text('medium') }} as traffic_medium,
        {{ money_amount('revenue') }} as revenue,
        upper({{ clean_text('currency') }}) as currency,
        {{ order_id(known_identifier('order', 'order_id')) }} as order_id,
        {{ clean_text('order_status') }} as order_status,
        {{ clean_text('experiment') }} as experiment,
        {{ clean_text('variant') }} as variant,
        {{ consent('analytics_consent') }} as analytics_consent,
        {{ consent('marketing_consent') }} as marketing_consent,
        source.properties,
        case
            when event_name in {{ own_email_names(['open', 'click']) }} then {{ usual_property(
                'source.properties', 'feeds.user_agent_column', ['user_agent', 'User Agent', 'userAgent', 'agent', 'ua']
            ) }}
        end as agent,
        case
            when event_name in {{ own_email_names(['open', 'click']) }} then {{ usual_property(
                'source.properties', 'feeds.ip_address_column', ['ip_address', 'IP Address', 'ipAddress', 'ip']
            ) }}
        end as ip_address,
        case
            when event_name in {{ own_email_names(['open', 'click']) }} then coalesce(
                {{ truth_text(usual_property('source.properties', 'feeds.is_machine_column', ['is_machine', 'is_bot'])) }},
                -- In a column that the feed names, exports leave out what is not so.
                case when feeds.is_machine_column is not null then 'false' end,
                feeds.is_machine
            )
        end as is_machine,
        case
            when event_name in {{ own_email_names() }} then {{ observability_text(
                usual_property('source.properties', 'feeds.opens_observable_column', ['opens_observable'])
            ) }}
        end as row_opens_observable,
        -- Who left machines' opens out left out which recipients cannot be seen.
        case
            when event_name in {{ own_email_names() }}
                then coalesce(feeds.opens_observable, case when feeds.is_machine = 'false' then 'unknown' end)
        end as feed_opens_observable,
        _landed_file as landed_file,
        _partition as file_name,
        _row as file_row,
        _key_hash as key_hash,
        {{ event_partition('event_files', '_partition', feed='source.feed') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at,
        _ordinal as ordinal,
        -- Without an id of its own a row is known by its content as it stands in the file.
        coalesce({{ clean_text('event_id') }}, cast({{ stable_key([
            instant_text('coalesce(_given_at, occurred_at)'), 'event_name', 'contact_key', 'user_id', 'client_id', 'url',
            'campaign', 'source', 'medium', number_text('revenue'), 'currency', 'order_id', 'order_status',
            'experiment', 'variant', 'analytics_consent', 'marketing_consent', 'source.properties',
        ]) }} as string)) as natural_key
    from source
    {{ join_placeholders({
        'contact': 'source.contact_key', 'user': 'source.user_id', 'client': 'source.client_id', 'order': 'source.order_id',
    }) }}
    left join feeds on source.feed = feeds.feed
    where occurred_at is not null

)

select * from renamed
