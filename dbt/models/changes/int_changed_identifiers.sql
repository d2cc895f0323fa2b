{#- Where identifiers stand: model, then column by kind. -#}
{%- set identifier_columns = {} -%}
{%- for contract in event_contracts().values() -%}
    {%- do identifier_columns.update(contract.identifiers) -%}
{%- endfor -%}
with

changes as (

    select * from {{ ref('int_partition_changes') }}

),

dimension_changes as (

    select * from {{ ref('int_dimension_changes') }}

),

changed_persons as (

    select * from {{ ref('int_changed_persons') }}

),

person_identifiers as (

    select * from {{ previous_build('int_person_identifiers', {
        'identifier_kind': 'string', 'identifier': 'string', 'person_key': 'integer',
    }) }}

),

described_events as (

    select * from {{ ref('int_described_events') }}

),

anonymous_events as (

    select * from {{ previous_build('int_anonymous_events', {
        'event_id': 'bigint',
        'event_partition': 'string',
        'order_id': 'string',
        'contact_key': 'string',
        'user_id': 'string',
        'client_id': 'string',
    }) }}

),

-- Each model is read once, whatever identifiers it carries.
{%- for model, columns in identifier_columns.items() %}
changed_{{ model }} as (

    select distinct {{ columns.values() | join(', ') }}
    from {{ ref(model) }}
    where event_partition in (select changes.event_partition from changes) and not {{ is_full_build() }}

),
{% endfor %}
changed_anonymous_events as (

    select distinct
        order_id,
        contact_key,
        user_id,
        client_id
    from anonymous_events
    where
        (
            event_partition in (select changes.event_partition from changes)
            or event_id in (select described_events.event_id from described_events)
        )
        and not {{ is_full_build() }}

),

unioned as (

    {%- for model, columns in identifier_columns.items() %}
    {%- for kind, column in columns.items() %}
    select
        '{{ kind }}' as identifier_kind,
        {{ column }} as identifier
    from changed_{{ model }}

    union
    {%- endfor %}
    {%- endfor %}
    {%- for kind in ['order_id', 'contact_key', 'user_id', 'client_id'] %}
    select
        '{{ kind }}',
        {{ kind }}
    from changed_anonymous_events

    union
    {%- endfor %}

    select
        'contact_key',
        name
    from dimension_changes
    where kind = 'address' or kind like 'contact %'

    union

    {%- for source, contract in event_contracts().items() if contract.repeated_hours != 'none' %}
    -- Which of two equal local times it was is decided by the whole log of its day.
    select
        'contact_key',
        contact_key
    from {{ ref(contract.repeated_hours.events) }}
    where cast(cast(occurred_at_local as date) as string) in (
        select name from dimension_changes
        where kind = 'repeated_hour {{ source }}'
    )

    union
    {%- endfor %}

    select
        person_identifiers.identifier_kind,
        person_identifiers.identifier
    from person_identifiers
    inner join changed_persons on person_identifiers.person_key = changed_persons.person_key

)

select
    identifier_kind,
    identifier
from unioned
where identifier is not null and not {{ is_full_build() }}
