with

events as (

    select * from {{ ref('int_events') }}

),

numbers as (

    select * from {{ ref('int_event_numbers') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

rules as (

    select * from {{ ref('int_catalogue_rules') }}

),

tests as (

    select distinct
        source,
        event_name,
        property_field,
        property_operator,
        property_value,
        test_bit
    from rules
    where test_bit is not null

),

tested_values as (

    select
        events.event_id,
        tests.test_bit,
        tests.property_operator,
        tests.property_value,
        case tests.property_field
            when 'url' then events.url
            when 'traffic_medium' then events.traffic_medium
            when 'traffic_source' then events.traffic_source
            when 'engagement_seconds' then {{ number_text('events.engagement_seconds') }}
            when 'revenue' then cast({{ converted_amount('events.revenue', 'rates.rate') }} as string)
            when 'event_number' then cast(numbers.number as string)
            when 'open_number' then cast(numbers.number as string)
            when 'click_number' then cast(numbers.number as string)
            when 'order_number' then cast(numbers.number as string)
            else {{ json_text('events.properties', 'tests.property_field') }}
        end as value
    from events
    inner join tests
        on
            (events.source = tests.source or events.feed = tests.source)
            and events.event_name = tests.event_name
    left join numbers
        on events.event_id = numbers.event_id and tests.property_field = numbers.property_field
    left join rates
        on
            tests.property_field = 'revenue'
            and {{ is_rate_of('rates', 'events.currency', 'cast(events.occurred_at as date)') }}

),

passed_tests_of_events as (

    select
        event_id,
        test_bit
    from tested_values
    where {{ passes('value', 'property_operator', 'property_value') }}

),

test_masks as (

    select
        event_id,
        cast(sum(power(2, test_bit)) as bigint) as passed_tests
    from passed_tests_of_events
    group by event_id

)

select * from test_masks
