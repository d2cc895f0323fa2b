with

affected_identifiers as (

    select * from {{ ref('int_affected_identifiers') }}

),

changes as (

    select * from {{ ref('int_partition_changes') }}

),

{%- set kinds = ['order_id', 'contact_key', 'user_id', 'client_id'] %}
anonymous_events as (

    select * from {{ previous_build('int_anonymous_events', {
        'event_id': 'bigint', 'event_partition': 'string',
        'order_id': 'string', 'contact_key': 'string', 'user_id': 'string', 'client_id': 'string',
    }) }}

)

select event_id
from anonymous_events
where
    (
        coalesce({{ kinds | join(', ') }}) is null
        and event_partition in (select changes.event_partition from changes)
    )
    {%- for kind in kinds %}
    or {{ kind }} in (
        select affected_identifiers.identifier from affected_identifiers
        where affected_identifiers.identifier_kind = '{{ kind }}'
    )
    {%- endfor %}
