with

events as (

    select * from {{ ref('fct_events') }}

),

kinds as (

    select * from {{ ref('event_kinds') }}

),

sends as (

    select * from {{ ref('fct_email_sends') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

reported_refunds as (

    select * from {{ ref('fct_refunds') }}

),

persons as (

    select * from {{ ref('dim_persons') }}

),

identifiers as (

    select * from {{ ref('int_person_identifiers') }}

),

watermarks as (

    select * from {{ ref('int_source_watermarks') }}

),

refunds as (

    select
        source,
        event_name
    from kinds
    where order_role = 'refund'

),

-- A voided order is matched by no rule either, but others of its name are.
matched_names as (

    select distinct
        source,
        feed,
        event_name
    from events
    where micro_conversion is not null and revenue > 0

),

identifiers_of_persons as (

    select
        person_key,
        count(case when identifier_kind = 'client_id' then 1 end) as devices,
        count(case when identifier_kind <> 'client_id' then 1 end) as addresses_and_accounts
    from identifiers
    group by person_key

),

unlinked_devices as (

    select
        'unlinked_devices' as indicator,
        'all' as source,
        'all' as stream,
        cast(persons.first_seen_at as date) as day,
        sum(case when identifiers_of_persons.addresses_and_accounts = 0 then identifiers_of_persons.devices else 0 end)
            as affected,
        sum(identifiers_of_persons.devices) as total,
        'devices' as unit
    from identifiers_of_persons
    inner join persons on identifiers_of_persons.person_key = persons.person_key
    where identifiers_of_persons.devices > 0
    group by cast(persons.first_seen_at as date)

),

unmatched_events as (

    select
        'unmatched_revenue_events' as indicator,
        cast(events.source as string) as source,
        coalesce(events.feed, 'all') as stream,
        cast(events.occurred_at as date) as day,
        sum(case when matched_names.event_name is null then 1 else 0 end) as affected,
        count(*) as total,
        'events' as unit
    from events
    left join refunds
        on cast(events.source as string) = refunds.source and cast(events.event_name as string) = refunds.event_name
    left join matched_names
        on
            events.source = matched_names.source
            and events.feed is not distinct from matched_names.feed
            and events.event_name = matched_names.event_name
    where events.revenue > 0 and refunds.event_name is null
    group by cast(events.source as string), coalesce(events.feed, 'all'), cast(events.occurred_at as date)

),

unobservable_recipients as (

    select
        'unobservable_recipients' as indicator,
        'all' as source,
        'all' as stream,
        cast(delivered_at as date) as day,
        sum(case when opens_observable = 'yes' then 0 else 1 end) as affected,
        count(*) as total,
        'deliveries' as unit
    from sends
    where delivered_at is not null
    group by cast(delivered_at as date)

),

-- A campaign's name that stands for many mailings makes one e-mail of them, sent to a person many times.
repeated_sends as (

    select
        'repeated_sends' as indicator,
        'all' as source,
        'all' as stream,
        cast(sent_at as date) as day,
        sum(sends) - count(*) as affected,
        sum(sends) as total,
        'sends' as unit
    from sends
    where sends > 0
    group by cast(sent_at as date)

),

orders as (

    select
        cast(source as string) as source,
        order_namespace as stream,
        cast(occurred_at as date) as day,
        sum(case when converted_revenue is null then 1 else 0 end) as unconverted,
        sum(case when person_key is null then 1 else 0 end) as without_person,
        coalesce(sum(converted_revenue), 0) as revenue,
        coalesce(sum(case when person_key is null then converted_revenue end), 0) as revenue_without_person,
        count(*) as orders
    from macro_conversions
    where is_order
    group by cast(source as string), order_namespace, cast(occurred_at as date)

),

orders_without_amount as (

    select
        'unconverted_orders' as indicator,
        source,
        stream,
        day,
        unconverted as affected,
        orders as total,
        'orders' as unit
    from orders

),

orders_without_person as (

    select
        'orders_without_person' as indicator,
        source,
        stream,
        day,
        without_person as affected,
        orders as total,
        'orders' as unit
    from orders
    union all
    select
        'order_revenue_without_person' as indicator,
        source,
        stream,
        day,
        revenue_without_person as affected,
        revenue as total,
        '{{ var("reporting_currency") }}' as unit
    from orders

),

{%- set refund_lacks = {'unconverted_refunds': 'converted_amount', 'unmatched_refunds': 'macro_conversion_id'} %}

incomplete_refunds as (

    {%- for indicator, column in refund_lacks.items() %}
    select
        '{{ indicator }}' as indicator,
        cast(source as string) as source,
        coalesce(order_namespace, 'all') as stream,
        cast(occurred_at as date) as day,
        sum(case when {{ column }} is null then 1 else 0 end) as affected,
        count(*) as total,
        'refunds' as unit
    from reported_refunds
    group by cast(source as string), coalesce(order_namespace, 'all'), cast(occurred_at as date)
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- By the day of the order; of refunds in other currencies, at their rates.
excess_refunds as (

    select
        'excess_refunds' as indicator,
        cast(source as string) as source,
        order_namespace as stream,
        cast(occurred_at as date) as day,
        sum(case when converted_refunds > converted_revenue then 1 else 0 end) as affected,
        count(*) as total,
        'orders' as unit
    from macro_conversions
    where is_order and converted_refunds > 0
    group by cast(source as string), order_namespace, cast(occurred_at as date)

),

-- The days that a silent source is behind, of those since it began.
silent_sources as (

    select
        'silent_sources' as indicator,
        source,
        coalesce(feed, 'all') as stream,
        cast(latest_watermark_at as date) as day,
        case when is_silent then floor({{ seconds_between('watermark_at', 'latest_watermark_at') }} / 86400) else 0 end
            as affected,
        1 + floor({{ seconds_between('least(first_event_at, latest_watermark_at)', 'latest_watermark_at') }} / 86400)
            as total,
        'days' as unit
    from watermarks

)

{%- for lack in [
    'unlinked_devices', 'unmatched_events', 'unobservable_recipients', 'repeated_sends', 'orders_without_amount',
    'orders_without_person', 'incomplete_refunds', 'excess_refunds', 'silent_sources',
] %}

select
    indicator,
    source,
    stream,
    day,
    cast(affected as double) as affected,
    cast(total as double) as total,
    unit
from {{ lack }}
{{ 'union all' if not loop.last }}
{%- endfor %}
