with

changes as (

    select * from {{ ref('int_partition_changes') }}

),

described_events as (

    select * from {{ ref('int_described_events') }}

),

anonymous_events as (

    select * from {{ previous_build('int_anonymous_events', {
        'event_id': 'bigint', 'event_partition': 'string',
        'order_id': 'string', 'contact_key': 'string', 'user_id': 'string', 'client_id': 'string',
    }) }}

)

select event_partition
from changes
union
select anonymous_events.event_partition
from anonymous_events
inner join described_events on anonymous_events.event_id = described_events.event_id
where
    described_events.person_key is null
    and coalesce(
        anonymous_events.order_id, anonymous_events.contact_key, anonymous_events.user_id, anonymous_events.client_id
    ) is null
