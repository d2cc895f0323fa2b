{{ config(meta={'dagster': {'ref': {'name': 'int_events'}}}) }}

-- An identifier or a partition that events carry and their source does not declare would be left out of
-- incremental builds silently.
with

{% for source in event_sources() -%}
{{ source }} as (

    select * from {{ ref('stg_' ~ source ~ '__events') }}

),

{% endfor -%}
partitions as (

    select * from {{ ref('int_partition_fingerprints') }}

),

undeclared as (

    {%- for source, contract in event_contracts().items() %}
    {%- set declared = declared_identifier_kinds(contract) %}
    {%- for kind in ['contact_key', 'user_id', 'client_id', 'order_id'] if kind not in declared %}
    select
        '{{ source }}' as source,
        '{{ kind }}' as undeclared
    from {{ source }}
    where {{ kind }} is not null
    union all
    {%- endfor %}
    select
        '{{ source }}' as source,
        event_partition as undeclared
    from {{ source }}
    where event_partition not in (select partitions.event_partition from partitions)
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select distinct
    source,
    undeclared
from undeclared
