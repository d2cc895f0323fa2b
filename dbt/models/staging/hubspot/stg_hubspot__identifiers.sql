with

contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

deals as (

    select * from {{ ref('stg_hubspot__deals') }}

),

crm_events as (

    select * from {{ ref('stg_hubspot__crm_events') }}

)

-- Versions that are not the latest, and what was deleted, have had events that others replace.
select
    contact_key,
    user_id,
    cast(null as string) as order_id,
    event_partition
from contacts
union
select
    null,
    user_id,
    order_id,
    event_partition
from deals
union
select
    contact_key,
    user_id,
    order_id,
    event_partition
from crm_events
