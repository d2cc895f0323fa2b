with

events as (

    select * from {{ ref('int_events') }}

),

kinds as (

    select * from {{ ref('event_kinds') }}

),

-- Events that carry two identifiers at once.
pairs as (

    select
        events.contact_key,
        events.user_id,
        events.client_id,
        coalesce(events.ga_session_id, cast(cast(events.occurred_at as date) as string)) as session_token,
        events.source,
        kinds.is_self_identifying,
        events.occurred_at
    from events
    left join kinds on events.source = kinds.source and events.event_name = kinds.event_name
    where
        (events.client_id is not null and events.contact_key is not null)
        or (events.client_id is not null and events.user_id is not null)
        or (events.contact_key is not null and events.user_id is not null)

),

linked as (

    select
        'client_id' as left_kind,
        client_id as left_identifier,
        'contact_key' as right_kind,
        contact_key as right_identifier,
        session_token,
        {{ is_declared_evidence('client_id+contact_key', 'source', 'is_self_identifying') }} as is_declared,
        occurred_at
    from pairs
    where client_id is not null and contact_key is not null
    union all
    select
        'client_id',
        client_id,
        'user_id',
        user_id,
        session_token,
        {{ is_declared_evidence('client_id+user_id', 'source', 'is_self_identifying') }},
        occurred_at
    from pairs
    where client_id is not null and user_id is not null
    union all
    select
        'user_id',
        user_id,
        'contact_key',
        contact_key,
        session_token,
        {{ is_declared_evidence('user_id+contact_key', 'source', 'is_self_identifying') }},
        occurred_at
    from pairs
    where user_id is not null and contact_key is not null

),

weighed as (

    select
        left_kind,
        left_identifier,
        right_kind,
        right_identifier,
        count(distinct session_token) as sessions,
        max(case when is_declared then 1 else 0 end) = 1 as is_declared,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from linked
    group by left_kind, left_identifier, right_kind, right_identifier

)

select * from weighed
