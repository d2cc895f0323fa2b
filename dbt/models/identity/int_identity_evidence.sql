with

events as (

    select * from {{ ref('int_events') }}

),

kinds as (

    select * from {{ ref('event_kinds') }}

),

-- A name that the seed has for another source means the same.
kinds_of_any_source as (

    select
        event_name,
        max(case when is_self_identifying then 1 else 0 end) = 1 as is_self_identifying
    from kinds
    group by event_name

),

-- Events that carry two identifiers at once.
pairs as (

    select
        events.contact_key,
        events.user_id,
        events.client_id,
        coalesce(events.ga_session_id, cast(cast(events.occurred_at as date) as string)) as session_token,
        events.source,
        coalesce(kinds.is_self_identifying, kinds_of_any_source.is_self_identifying, false)
        -- An order by another name; an e-mail about an order, which may be forwarded, has its id as well.
        or (
            events.order_id is not null and events.revenue is not null
            and ({{ is_email_event('events.source', 'events.event_name') }}) = false
        ) as is_self_identifying,
        {{ is_email_event('events.source', 'events.event_name') }} as is_email_event,
        case
            when
                {{ is_email_event('events.source', 'events.event_name') }} or events.campaign_key is not null
                or {{ is_email_traffic('lower(events.traffic_source)', 'lower(events.traffic_medium)') }}
                then 'e-mail ' || coalesce(events.campaign_key, lower(events.traffic_campaign), '')
        end as email,
        events.occurred_at
    from events
    left join kinds on events.source = kinds.source and events.event_name = kinds.event_name
    left join kinds_of_any_source on events.event_name = kinds_of_any_source.event_name
    where
        (events.client_id is not null and events.contact_key is not null)
        or (events.client_id is not null and events.user_id is not null)
        or (events.contact_key is not null and events.user_id is not null)

),

linked as (
{% for left_kind, right_kind in [('client_id', 'contact_key'), ('client_id', 'user_id'), ('user_id', 'contact_key')] %}
    select
        '{{ left_kind }}' as left_kind,
        {{ left_kind }} as left_identifier,
        '{{ right_kind }}' as right_kind,
        {{ right_kind }} as right_identifier,
        session_token,
        is_email_event,
        email,
        {{ is_declared_evidence(left_kind ~ '+' ~ right_kind, 'source', 'is_self_identifying') }} as is_declared,
        occurred_at
    from pairs
    where {{ left_kind }} is not null and {{ right_kind }} is not null
    {{ 'union all' if not loop.last }}
{%- endfor %}

),

visits as (

    select
        left_kind,
        left_identifier,
        right_kind,
        right_identifier,
        session_token,
        min(email) as email,
        max(case when is_declared then 1 else 0 end) as declared,
        min(case when is_email_event then 1 else 0 end) as email_only,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from linked
    group by left_kind, left_identifier, right_kind, right_identifier, session_token

),

-- What one e-mail brought on several days counts once: it may have been forwarded.
weighed as (

    select
        left_kind,
        left_identifier,
        right_kind,
        right_identifier,
        count(distinct coalesce(email, session_token)) as sessions,
        max(declared) = 1 as is_declared,
        min(email_only) = 1 as is_email_only,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from visits
    group by left_kind, left_identifier, right_kind, right_identifier

)

select
    *,
    is_declared or sessions >= {{ var('identity_minimum_sessions') }} as is_proven,
    -- The only one of its kind is taken at its word, unless it stands there because an e-mail was sent to it.
    is_declared or sessions >= {{ var('identity_minimum_sessions') }}
    or (
        row_number() over (
            partition by left_kind, left_identifier, right_kind
            order by sessions desc, is_declared desc, is_email_only, first_seen_at, right_identifier
        ) = 1
        and is_email_only = false
    ) as is_plausible
from weighed
