with

source as (

    select
        *,
        {{ hubspot_time('updated_at') }} as version_at,
        {{ hubspot_time('archived_at') }} as deleted_at
    from {{ source('hubspot', 'deals') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

versions as (

    select
        {{ account_of() }} as account,
        {{ account_prefix() }} || id as deal_id,
        'hubspot-' || {{ account_prefix() }} || contact_id as user_id,
        coalesce({{ order_id(known_identifier('order', 'order_id')) }}, {{ account_prefix() }} || id) as order_id,
        {{ order_id(known_identifier('order', 'order_id')) }} is not null as names_order,
        contacts,
        coalesce(lower(archived) = 'true', false) as is_deleted,
        {{ hubspot_amount('amount') }} as amount,
        upper(coalesce({{ clean_text('deal_currency_code') }}, {{ clean_text('home_currency') }})) as currency,
        {{ hubspot_time('createdate') }} as created_at,
        {{ hubspot_instant('closedate') }} as closed_at,
        {{ clean_text('dealstage') }} as stage,
        {{ account_prefix() }} || {{ clean_text('pipeline') }} as pipeline,
        coalesce(lower(hs_is_closed_won) = 'true', false) as is_won,
        stage_history,
        version_at as updated_at,
        {{ event_partition('hubspot', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at,
        row_number() over (
            partition by {{ account_of() }}, id
            order by greatest(coalesce(version_at, deleted_at), coalesce(deleted_at, version_at)) desc nulls last,
                deleted_at desc nulls last, _extracted_at desc, _partition desc
        ) = 1 as is_latest
    from source
    {{ join_placeholders({'order': 'order_id'}) }}

)

select * from versions
