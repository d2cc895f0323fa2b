with

contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

current_contacts as (

    select * from contacts
    where is_latest and is_deleted = false and is_merged = false and contact_key is not null

)

-- An account of HubSpot has one contact to an address; of two that it may have for a moment the newer one counts.
select
    account_prefix,
    contact_key,
    contact_id,
    lifecycle_stage,
    is_unsubscribed,
    created_at,
    cast(null as timestamp) as subscribed_at,
    cast(null as timestamp) as unsubscribed_at,
    has_bounced,
    false as has_complained,
    country,
    cast(null as string) as time_zone
from {{ latest_per_key('current_contacts', ['account_prefix', 'contact_key'], 'created_at desc nulls last, contact_id') }} as latest
