{{ config(materialized='view') }}

with

-- Cleaned once each: a feed's users are far fewer than its rows.
source as (

    select distinct
        feed,
        user_id,
        contact_key
    from {{ source('event_files', 'event_files') }}
    where user_id is not null and contact_key is not null

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

feeds as (

    select * from {{ ref('stg_event_files__feeds') }}

),

cleaned as (

    select
        source.feed,
        feeds.user_namespace is not null as has_namespace,
        {{ user_of_feed('feeds.user_namespace', known_identifier('user', 'source.user_id')) }} as user_id,
        {{ known_identifier('contact', 'source.contact_key') }} as contact_key
    from source
    {{ join_placeholders({'contact': 'source.contact_key', 'user': 'source.user_id'}) }}
    left join feeds on source.feed = feeds.feed

)

select distinct
    feed,
    has_namespace,
    user_id,
    contact_key
from cleaned
where user_id is not null and contact_key is not null
