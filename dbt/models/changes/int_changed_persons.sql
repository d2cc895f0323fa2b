with

changes as (

    select * from {{ ref('int_partition_changes') }}

),

context_changes as (

    select * from {{ ref('int_dimension_changes') }}

),

partition_sessions as (

    select * from {{ previous_build('int_partition_sessions', {'event_partition': 'string', 'person_key': 'integer'}) }}

),

withheld_events as (

    select * from {{ previous_build('int_withheld_events', {'person_key': 'integer', 'event_id': 'bigint'}) }}

),

events as (

    select * from {{ previous_build('fct_events', {
        'event_id': 'bigint',
        'person_key': 'integer',
        'event_name': 'string',
        'campaign_key': 'string',
        'email_id': 'string',
        'traffic_campaign': 'string',
        'url': 'string',
    }, schema='marts') }}

),

-- Persons with an event in a changed partition.
by_partition as (

    select partition_sessions.person_key
    from partition_sessions
    where partition_sessions.event_partition in (select changes.event_partition from changes)

),

-- Persons who were sent, or clicked, something of a changed dimension.
by_campaign as (

    select
        person_key,
        event_id
    from events
    where campaign_key in (
        select name from context_changes
        where kind in ('campaign', 'campaign_opens')
    )

),

by_slug as (

    select
        person_key,
        event_id
    from events
    where traffic_campaign in (
        select name from context_changes
        where kind = 'campaign_slug'
    )

),

by_email as (

    select
        person_key,
        event_id
    from events
    where event_name in {{ email_event_names('click') }} and email_id in (
        select name from context_changes
        where kind = 'email'
    )

),

by_bitlink as (

    select
        person_key,
        event_id
    from events
    where
        event_name in {{ email_event_names('click') }}
        and split_part(url, '://', 2) in (
            select name from context_changes
            where kind = 'bitlink'
        )

),

described_events as (

    select * from by_campaign
    union all
    select * from by_slug
    union all
    select * from by_email
    union all
    select * from by_bitlink

),

unioned as (

    select * from by_partition
    union
    select person_key from described_events
    union
    -- Events of persons who refused analytics show no person.
    select withheld_events.person_key
    from described_events
    inner join withheld_events on described_events.event_id = withheld_events.event_id
    where described_events.person_key is null

)

select person_key
from unioned
where person_key is not null and not {{ is_full_build() }}
