with

source as (

    select
        *,
        {{ hubspot_time('updated_at') }} as version_at,
        {{ hubspot_time('archived_at') }} as deleted_at
    from {{ source('hubspot', 'contacts') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

versions as (

    select
        {{ account_prefix() }} || id as contact_id,
        'hubspot-' || {{ account_prefix() }} || id as user_id,
        {{ account_prefix() }} as account_prefix,
        {{ known_identifier('contact', hex_text('contact_key')) }} as contact_key,
        coalesce(lower(archived) = 'true', false) as is_deleted,
        {{ hubspot_time('createdate') }} as created_at,
        {{ clean_text('lifecyclestage') }} as lifecycle_stage,
        coalesce(lower(hs_email_optout) = 'true', false) as is_unsubscribed,
        {{ clean_text('hs_email_hard_bounce_reason_enum') }} is not null as has_bounced,
        upper({{ clean_text('hs_country_region_code') }}) as country,
        {{ clean_text('hs_merged_object_ids') }} as merged_contact_ids,
        lifecycle_history,
        coalesce(version_at, {{ instant_to_utc('_extracted_at') }}) as updated_at,
        {{ event_partition('hubspot', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at,
        row_number() over (
            partition by {{ account_of() }}, id
            order by greatest(coalesce(version_at, deleted_at), coalesce(deleted_at, version_at)) desc nulls last,
                deleted_at desc nulls last, _extracted_at desc, _partition desc
        ) = 1 as is_latest
    from source
    {{ join_placeholders({'contact': hex_text('contact_key')}) }}

),

-- What HubSpot merged into another contact stays as it was and is in no list of deleted ones.
merged as (

    select distinct
        versions.account_prefix
        || {{ clean_text("split_part(versions.merged_contact_ids, ';', positions.position + 1)") }} as contact_id
    from versions
    {{ join_positions('versions', occurrences('versions.merged_contact_ids', ';') ~ ' + 1') }}
    where versions.is_latest and versions.is_deleted = false

)

select
    versions.*,
    merged.contact_id is not null as is_merged
from versions
left join merged on versions.contact_id = merged.contact_id
