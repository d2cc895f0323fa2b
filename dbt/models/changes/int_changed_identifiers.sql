with

actions as (

    select * from {{ ref('stg_smaily__actions') }}

),

hits as (

    select * from {{ ref('stg_google_analytics__hits') }}

),

hit_attributes as (

    select * from {{ ref('stg_google_analytics__event_attributes') }}

),

hit_parameters as (

    select * from {{ ref('stg_google_analytics__event_parameters') }}

),

file_events as (

    select * from {{ ref('stg_event_files__rows') }}

),

changes as (

    select * from {{ ref('int_partition_changes') }}

),

context_changes as (

    select * from {{ ref('int_dimension_changes') }}

),

ambiguous_actions as (

    select * from {{ ref('stg_smaily__ambiguous_actions') }}

),

touched_persons as (

    select * from {{ ref('int_changed_persons') }}

),

person_identifiers as (

    select * from {{ previous_build('int_person_identifiers', {
        'identifier_kind': 'varchar', 'identifier': 'varchar', 'person_key': 'integer',
    }) }}

),

anonymous_events as (

    select * from {{ previous_build('int_anonymous_events', {'event_partition': 'varchar', 'order_id': 'varchar'}) }}

),

{#- Where identifiers stand: relation, then column by kind. -#}
{%- set told_in = {
    'actions': {'contact_key': 'contact_key'},
    'hits': {'contact_key': 'contact_key', 'client_id': 'client_id'},
    'hit_attributes': {'client_id': 'client_id', 'order_id': 'transaction_id'},
    'hit_parameters': {'client_id': 'client_id'},
    'file_events': {
        'contact_key': 'contact_key', 'user_id': 'user_id', 'client_id': 'client_id', 'order_id': 'order_id',
    },
    'anonymous_events': {'order_id': 'order_id'},
} %}

-- Each relation is read once, whatever it tells.
{%- for relation, columns in told_in.items() %}
changed_{{ relation }} as (

    select distinct {{ columns.values() | join(', ') }}
    from {{ relation }}
    where event_partition in (select changes.event_partition from changes) and not {{ is_full_build() }}

),
{% endfor %}
united as (

    {%- for relation, columns in told_in.items() %}
    {%- for kind, column in columns.items() %}
    select
        '{{ kind }}' as identifier_kind,
        {{ column }} as identifier
    from changed_{{ relation }}

    union
    {%- endfor %}
    {%- endfor %}
    select
        'contact_key',
        name
    from context_changes
    where kind in ('contact', 'address')

    union

    -- An hour that runs twice is told apart by the whole log of its day.
    select
        'contact_key',
        contact_key
    from ambiguous_actions
    where cast(cast(occurred_at_local as date) as varchar) in (
        select name from context_changes
        where kind = 'second_pass'
    )

    union

    select
        person_identifiers.identifier_kind,
        person_identifiers.identifier
    from person_identifiers
    inner join touched_persons on person_identifiers.person_key = touched_persons.person_key

)

select
    identifier_kind,
    identifier
from united
where identifier is not null and not {{ is_full_build() }}
