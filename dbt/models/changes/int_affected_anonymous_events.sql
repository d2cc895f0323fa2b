{%- set kinds = ['order_id', 'contact_key', 'user_id', 'client_id'] -%}
with

affected_identifiers as (

    select * from {{ ref('int_affected_identifiers') }}

),

affected_persons as (

    select * from {{ ref('int_affected_persons') }}

),

partitions as (

    select * from {{ ref('int_affected_anonymous_partitions') }}

),

anonymous_events as (

    select * from {{ previous_build('int_anonymous_events', {
        'event_id': 'bigint', 'event_partition': 'string',
        'order_id': 'string', 'contact_key': 'string', 'user_id': 'string', 'client_id': 'string',
    }) }}

),

withheld_events as (

    select * from {{ previous_build('int_withheld_events', {'person_key': 'integer', 'event_id': 'bigint'}) }}

),

fct_events as (

    select * from {{ previous_build('fct_events', {'person_key': 'integer', 'event_id': 'bigint'}, 'marts') }}

),

refunds as (

    select * from {{ previous_build('fct_refunds', {'person_key': 'integer', 'event_id': 'bigint'}, 'marts') }}

)

select event_id
from anonymous_events
where
    (
        coalesce({{ kinds | join(', ') }}) is null
        and event_partition in (select partitions.event_partition from partitions)
    )
    {%- for kind in kinds %}
    or {{ kind }} in (
        select affected_identifiers.identifier from affected_identifiers
        where affected_identifiers.identifier_kind = '{{ kind }}'
    )
    {%- endfor %}
union
select withheld_events.event_id
from withheld_events
inner join affected_persons on withheld_events.person_key = affected_persons.person_key
union
-- The money is of who ordered and may not be shown; the event is of whom it names.
select refunds.event_id
from refunds
inner join fct_events on refunds.event_id = fct_events.event_id
inner join affected_persons on fct_events.person_key = affected_persons.person_key
where refunds.person_key is null
