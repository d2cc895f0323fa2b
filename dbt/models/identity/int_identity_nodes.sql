with

events as (

    select * from {{ ref('int_events') }}

),

contacts as (

    select *
    from {{ ref('int_contacts') }}
    where {{ is_affected({'contact_key': 'contact_key'}) }}

),

identifiers as (

    select
        1 as kind_rank,
        'contact_key' as identifier_kind,
        contact_key as identifier
    from contacts
    where contact_key is not null
    union
    select
        1,
        'contact_key',
        contact_key
    from events
    where contact_key is not null
    union
    select
        2,
        'user_id',
        user_id
    from events
    where user_id is not null
    union
    select
        3,
        'client_id',
        client_id
    from events
    where client_id is not null

),

-- Numbered from the most lasting kind on, so that the smallest node of a component is its smallest stable key.
numbered as (

    select
        {{ identifier_node(['kind_rank', 'identifier']) }} as node,
        identifier_kind,
        identifier
    from identifiers

)

select * from numbered
