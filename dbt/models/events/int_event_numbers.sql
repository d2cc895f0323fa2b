with

events as (

    select * from {{ ref('int_events') }}

),

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

),

order_events as (

    select * from {{ ref('int_order_events') }}

),

rules as (

    select * from {{ ref('catalogue_rules') }}

),

-- Only what a rule counts is numbered; machines are not counted among a person's events.
counted as (

    select distinct
        source,
        event_name,
        property_field
    from rules
    where property_field in ('event_number', 'open_number', 'click_number', 'order_number')

),

candidates as (

    select
        events.event_id,
        events.source,
        events.event_name,
        events.occurred_at,
        resolved_events.event_rank,
        events.source_position,
        resolved_events.person_key,
        events.campaign_key,
        coalesce(order_events.matched_order_key, events.event_id) as order_key,
        counted.property_field
    from events
    inner join counted
        on
            (events.source = counted.source or events.feed = counted.source)
            and events.event_name = counted.event_name
    inner join resolved_events on events.event_id = resolved_events.event_id
    left join order_events on events.event_id = order_events.event_id
    where
        resolved_events.person_key is not null and resolved_events.is_machine = false
        and coalesce(order_events.is_voided or order_events.is_refund, false) = false

),

in_order as (

    select
        event_id,
        property_field,
        row_number() over (
            partition by
                person_key, source, event_name, property_field,
                case when property_field in ('open_number', 'click_number') then campaign_key end
            order by
                occurred_at, coalesce(event_rank, {{ var('unknown_event_rank') }}), coalesce(source_position, 0), event_id
        ) as number
    from candidates
    where property_field <> 'order_number'

),

-- In the order in which `fct_events` has the events of one instant.
order_reports as (

    select
        person_key,
        order_key,
        row_number() over (
            partition by person_key
            order by
                occurred_at, coalesce(event_rank, {{ var('unknown_event_rank') }}), source, coalesce(source_position, 0), event_id
        ) as place
    from candidates
    where property_field = 'order_number'

),

-- Several sources may report one order: it has one number, that of its first mention.
orders as (

    select
        person_key,
        order_key,
        row_number() over (partition by person_key order by min(place)) as number
    from order_reports
    group by person_key, order_key

),

numbered as (

    select
        event_id,
        property_field,
        number
    from in_order
    union all
    select
        candidates.event_id,
        candidates.property_field,
        orders.number
    from candidates
    inner join orders on candidates.person_key = orders.person_key and candidates.order_key = orders.order_key
    where candidates.property_field = 'order_number'

)

select * from numbered
