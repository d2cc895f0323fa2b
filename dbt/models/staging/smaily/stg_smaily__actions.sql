{%- set zone = "'" ~ var('account_time_zone') ~ "'" -%}
{%- set latest = plus_seconds(instant_to_utc('_extracted_at'), 60 * var('clock_skew_minutes')) -%}

with

source as (

    select * from {{ source('smaily', 'actions') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

renamed as (

    select
        {{ account_of() }} as account,
        seq_id,
        {{ known_identifier('contact', hex_text('contact_key')) }} as contact_key,
        source.time as occurred_at_local,
        {{ to_utc_until('source.time', zone, latest) }} as occurred_at,
        {{ is_ambiguous_local_time('source.time', zone) }}
        and {{ to_utc('source.time', zone) }} <= {{ latest }} as is_local_time_ambiguous,
        {{ account_number('campaign_id') }} as campaign_id,
        {{ clean_text('campaign_name') }} as campaign_name,
        lower(action) as action,
        {{ clean_text('value') }} as value,
        case when lower(action) = 'view' then {{ client_text('value') }} end as client,
        {{ event_partition('smaily', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at
    from source
    {{ join_placeholders({'contact': hex_text('source.contact_key')}) }}
    where source.time is not null

),

-- The vendor says what a view's value is about, not how it is written.
with_pairs as (

    select
        *,
        case when client like '%"%' or client like '%=%' or client like '%: %' then client end as named
    from renamed

),

with_address as (

    select
        *,
        coalesce(
            {{ client_ip_address(client_field('named', ['ip', 'ip[ _-]?addr(?:ess)?', 'remote_addr', 'client_ip'])) }},
            {{ client_ip_address('client') }}
        ) as ip_address
    from with_pairs

),

with_fields as (

    select
        *,
        {{ without_separators(client_field('named', ['user[ _-]?agent', 'ua', 'agent', '(?:e-?)?(?:mail[ _-]?)?client(?:[ _-]?name)?'])) }}
            as named_client,
        {{ without_separators(client_field('named', ['os', 'os[ _-]?name', 'operating[ _-]?system', 'platform'])) }} as named_system,
        {{ without_separators(client_field('named', ['country', 'country[ _-]?(?:code|name)'])) }} as named_country,
        case when ip_address is null then client else split_part(client, ip_address, 1) end as before_address,
        case when ip_address is not null then split_part(client, ip_address, 2) end as after_address
    from with_address

),

-- Objects and lists write nothing as null, other programs as a word.
placed as (

    select
        *,
        case when {{ names_nothing('named_client') }} then null else named_client end as client_name,
        case when {{ names_nothing('named_system') }} then null else named_system end as system_name,
        case when {{ names_nothing('named_country') }} then null else named_country end as country_name,
        {{ without_separators('before_address') }} as text_before,
        {{ without_separators('after_address') }} as text_after,
        substring(client, 1, 1) = '{' or coalesce(named_client, named_system, named_country) is not null as is_named
    from with_fields

)

select
    account,
    seq_id,
    contact_key,
    occurred_at_local,
    occurred_at,
    is_local_time_ambiguous,
    campaign_id,
    campaign_name,
    action,
    value,
    case
        when action = 'click' then coalesce({{ text_match('value', '(https?:(?:<address>|[^"<> ])+)') }}, value)
    end as url,
    ip_address,
    case
        when is_named then nullif(concat_ws(' / ', client_name, system_name), '')
        when ip_address is null then case when {{ names_a_client('client') }} then text_before end
        when {{ names_nothing('text_before') }} then null
        when length(text_before) > 2 then text_before
        else coalesce({{ text_match('text_after', '^[A-Za-z]{2}[ ;,|\\t\\n]+(.+)$') }}, text_after)
    end as agent,
    case
        when is_named then country_name
        when length(text_before) > 2 then coalesce(
            {{ country_at_start('after_address') }},
            {{ country_at_end('after_address') }},
            {{ text_match('text_after', '^([^;,|\\t\\n"]+)') }},
            {{ country_at_end('before_address') }}
        )
        else coalesce(text_before, {{ country_at_start('after_address') }}, {{ country_at_end('after_address') }})
    end as country,
    case when action = 'bounce' then {{ text_match('value', '(?:^|[^0-9])([45][0-9]{2}|[45][.][0-9]+[.][0-9]+)(?:$|[^0-9])') }} end
        as smtp_code,
    event_partition,
    loaded_at
from placed
