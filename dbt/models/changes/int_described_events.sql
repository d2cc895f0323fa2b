with

dimension_changes as (

    select * from {{ ref('int_dimension_changes') }}

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

withheld_events as (

    select * from {{ previous_build('int_withheld_events', {'event_id': 'bigint', 'clicked_url': 'string'}) }}

),

by_campaign as (

    select
        person_key,
        event_id
    from events
    where campaign_key in (
        select name from dimension_changes
        where kind in ('campaign', 'campaign_opens')
    )

),

changed_slugs as (

    select name from dimension_changes
    where kind = 'campaign_slug'

),

by_slug as (

    select
        person_key,
        event_id
    from events
    where
        traffic_campaign in (select name from changed_slugs)
        or {{ slug('traffic_campaign') }} in (select name from changed_slugs)

),

by_email as (

    select
        person_key,
        event_id
    from events
    where event_name in {{ email_event_names('click') }} and email_id in (
        select name from dimension_changes
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
            select name from dimension_changes
            where kind = 'bitlink'
        )

),

withheld_by_bitlink as (

    select
        cast(null as integer) as person_key,
        event_id
    from withheld_events
    where split_part(clicked_url, '://', 2) in (
        select name from dimension_changes
        where kind = 'bitlink'
    )

),

unioned as (

    select * from by_campaign
    union
    select * from by_slug
    union
    select * from by_email
    union
    select * from by_bitlink
    union
    select * from withheld_by_bitlink

)

select
    person_key,
    event_id
from unioned
where not {{ is_full_build() }}
