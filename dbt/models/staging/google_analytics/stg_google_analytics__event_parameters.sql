with

source as (

    select * from {{ source('google_analytics', 'event_parameters') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

renamed as (

    select
        {{ property_prefix() }} || {{ known_identifier('client', ga4_value('client_id')) }} as client_id,
        {{ ga4_value('session_id') }} as ga_session_id,
        {{ ga4_hit_key('hit_ts') }} as hit_key,
        event_name,
        {{ ga4_value('link_url') }} as link_url,
        {{ ga4_value('file_name') }} as file_name,
        {{ ga4_value('video_title') }} as video_title,
        {{ ga4_value('method') }} as method,
        {{ ga4_value('form_id') }} as form_id,
        {{ ga4_event_count('event_count') }} as event_count,
        {{ event_partition('google_analytics', '_partition') }} as event_partition
    from source
    {{ join_placeholders({'client': 'source.client_id'}) }}

)

select * from renamed
