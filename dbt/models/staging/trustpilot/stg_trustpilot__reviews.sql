{#- The vendor's words for what is not shown are not documented; one that is neither here nor below is reported. -#}
{%- set taken_down = 'delet|remov|hidden|archiv|reject|withdrawn|unpublish|inactive|spam|flagged' -%}
{%- set order = 'partition by review_id order by loaded_at, event_partition, updated_at nulls last' -%}
with

source as (

    select * from {{ source('trustpilot', 'reviews') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

renamed as (

    select
        {{ account_of() }} as account,
        {{ account_prefix() }} || id as review_id,
        source.created_at,
        {{ plausible_time(instant_to_utc('source.updated_at')) }} as updated_at,
        case when stars between 1 and 5 then stars end as stars,
        coalesce({{ text_fits('lower(status)', taken_down) }}, false) = false as is_shown,
        status is null or lower(status) in ('active', 'published', 'visible')
        or coalesce({{ text_fits('lower(status)', taken_down) }}, false) as is_status_known,
        {{ known_identifier('contact', hex_text('contact_key')) }} as contact_key,
        {{ order_id(known_identifier('order', 'reference_id')) }} as order_reference,
        {{ clean_text('order_namespace') }} as order_namespace,
        -- Visitors whom a link on the site sent are neither asked nor unasked.
        case
            when lower(verification_level) = 'redirected' or lower({{ trimmed('source.source') }}) = 'domainlink' then 'redirected'
            when lower({{ trimmed('source.source') }}) = 'organic' then 'organic'
            when invited_by_id is not null or {{ clean_text('source.source') }} is not null then 'invited'
        end as origin,
        {{ clean_text('source.source') }} as origin_name,
        {{ event_partition('trustpilot', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at
    from source
    {{ join_placeholders({'contact': hex_text('source.contact_key'), 'order': 'source.reference_id'}) }}
    where id is not null

),

states as (

    select
        *,
        {{ stable_key([
            'is_shown', 'stars', 'contact_key', 'order_reference', 'origin', 'origin_name'
        ]) }} as state,
        coalesce(order_namespace, '') as namespace_state
    from renamed

),

versions as (

    select
        *,
        row_number() over ({{ order }}) as version,
        lag(state) over ({{ order }}) as previous_state,
        lag(namespace_state) over ({{ order }}) as previous_namespace_state,
        lag(is_shown) over ({{ order }}) as was_shown,
        lag(updated_at) over ({{ order }}) as previously_updated_at
    from states

)

select
    review_id,
    version,
    case
        when version = 1 then 'review'
        when was_shown and not is_shown then 'review_removed'
        when is_shown and not was_shown then 'review_restored'
        -- Whose order ids references are is a setting, and no change of the review.
        when state = previous_state then 'review_relinked'
        else 'review_edited'
    end as change,
    case
        when version = 1 then created_at
        when
            updated_at > created_at and updated_at <= loaded_at
            and updated_at > coalesce(previously_updated_at, created_at)
            then updated_at
        else loaded_at
    end as occurred_at,
    account,
    created_at,
    stars,
    is_shown,
    is_status_known,
    contact_key,
    order_reference,
    order_namespace,
    origin,
    origin_name,
    event_partition,
    loaded_at
from versions
where previous_state is null or state <> previous_state or namespace_state <> previous_namespace_state
