{{ config(materialized='view') }}

with

events as (

    select * from {{ ref('int_events') }}

),

tests as (

    select * from {{ ref('int_event_tests') }}

),

rules as (

    select * from {{ ref('int_catalogue_rules') }}

),

ruled_names as (

    select distinct
        source,
        event_name
    from rules

),

-- Event names that some rule distinguishes by a parameter of the hit.
names_by_parameter as (

    select distinct
        source,
        event_name
    from rules
    where reads_parameters

),

-- All of an event that a rule can ask about. Signatures are few, so rules are matched once per signature.
signatures as (

    select
        events.event_id,
        events.source,
        coalesce(events.feed, '') as feed,
        events.event_name,
        coalesce({{ url_path('events.url') }}, '') as path,
        coalesce(events.campaign_key, '') as campaign_key,
        coalesce(events.link_role, '') as link_role,
        coalesce(events.traffic_medium, '') as traffic_medium,
        coalesce(tests.passed_tests, 0) as passed_tests
    from events
    left join tests on events.event_id = tests.event_id
    where exists (
        select 1 from ruled_names
        where
            events.event_name = ruled_names.event_name
            and (events.source = ruled_names.source or events.feed = ruled_names.source)
    )
    -- Hits without consent carry no identifiers, so their parameters cannot be joined: whether a sign-up was
    -- for the newsletter or for an account is then unknown, not the fallback.
    {%- for source, contract in event_contracts().items() if contract.properties_require != 'none' %}
    and not (
        events.source = '{{ source }}'
        and events.{{ contract.properties_require }} is null
        and exists (
            select 1 from names_by_parameter
            where events.source = names_by_parameter.source and events.event_name = names_by_parameter.event_name
        )
    )
    {%- endfor %}

)

select * from signatures
