with

source as (

    select * from {{ source('smaily', 'contacts') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

renamed as (

    select
        {{ account_of() }} as account,
        {{ hex_text('contact_key') }} as contact_key,
        lower(cast(is_unsubscribed as string)) in ('1', 'true') as is_unsubscribed,
        {{ try_number('last_response_code', 'integer') }} as last_response_code,
        coalesce({{ try_number('last_response_code', 'integer') }} between 500 and 599, false) as has_bounced,
        coalesce({{ try_number('last_response_code', 'integer') }} = 1002, false) as has_complained,
        {{ local_timestamp('created_at') }} as created_at_local,
        {{ to_utc(local_timestamp('created_at'), "'" ~ var('account_time_zone') ~ "'") }} as created_at,
        {{ local_timestamp('subscribed_at') }} as subscribed_at_local,
        {{ to_utc(local_timestamp('subscribed_at'), "'" ~ var('account_time_zone') ~ "'") }} as subscribed_at,
        {{ local_timestamp('unsubscribed_at') }} as unsubscribed_at_local,
        {{ to_utc(local_timestamp('unsubscribed_at'), "'" ~ var('account_time_zone') ~ "'") }} as unsubscribed_at,
        {{ local_timestamp('last_open_at') }} as last_open_at_local,
        {{ local_timestamp('last_click_at') }} as last_click_at_local,
        total_opens,
        total_clicks,
        upper({{ clean_text('country') }}) as country,
        {{ clean_text('timezone') }} as time_zone,
        _extracted_at
    from {{ latest_per_key('source', [account_of(), 'contact_key'], '_extracted_at desc, list_id desc') }} as latest
    {{ join_placeholders({'contact': hex_text('latest.contact_key')}) }}
    -- What identifies no one is not a contact.
    where placeholder_of_contact.identifier is null

)

select * from renamed
