with

events as (

    select * from {{ ref('int_events') }}

),

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

),

kinds as (

    select * from {{ ref('event_kinds') }}

),

feeds as (

    select * from {{ ref('stg_event_files__feeds') }}

),

statuses as (

    select * from {{ ref('order_statuses') }}

),

reports as (

    select
        events.event_id,
        -- Systems report one order of one person whether or not they may be shown.
        coalesce(resolved_events.person_key, resolved_events.withheld_person_key) as person_key,
        events.occurred_at,
        events.loaded_at,
        resolved_events.event_rank,
        events.source,
        coalesce(events.feed, events.source) as reporter,
        coalesce(
            feeds.order_namespace,
            events.feed,
            -- One property, whichever way its orders come.
            case when events.source = 'google_analytics_export' then 'google_analytics' else events.source end
        ) as order_namespace,
        coalesce(feeds.orders_are_separate, false) as is_separate,
        coalesce(kinds.order_role = 'order', false) as is_purchase,
        {{ reports_orders_as('tracking', 'events.source') }} as is_tracking,
        {{ reports_orders_as('crm', 'events.source') }} as is_copy,
        case
            when {{ reports_orders_as('crm', 'events.source') }}
                then coalesce({{ json_text('events.properties', "'names_order'") }} = 'true', false)
            else false
        end as names_order,
        case when kinds.order_role is not null then events.order_id end as order_id,
        events.revenue,
        events.currency,
        coalesce(feeds.revenue_is = 'line_amount', false) as is_line_amount,
        coalesce(events.contact_key, events.user_id) is not null as names_person,
        case when {{ trimmed('events.order_status') }} <> '' then coalesce(statuses.meaning, 'undeclared') end as status,
        coalesce(kinds.order_role = 'refund' or events.revenue < 0, false) as is_refund,
        coalesce(kinds.order_role = 'refund', false) as is_refund_event
    from events
    left join kinds on events.source = kinds.source and events.event_name = kinds.event_name
    inner join resolved_events on events.event_id = resolved_events.event_id
    left join feeds on events.feed = feeds.feed
    left join statuses on lower({{ trimmed('events.order_status') }}) = statuses.order_status
    where
        -- A booking or subscription without an id and an amount, as of a trial that was paid, is a conversion by itself.
        (
            kinds.order_role in ('order', 'refund')
            or events.revenue is not null
            or (kinds.order_role = 'payment' and events.order_id is not null)
        )
        and resolved_events.is_machine = false

)

select * from reports
