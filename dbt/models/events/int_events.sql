{{ config(materialized='view') }}

with

{% for source in event_sources() -%}
{{ source }} as (

    select * from {{ ref('stg_' ~ source ~ '__events') }}

),

{% endfor -%}
unioned as (

    {%- for source in event_sources() %}
    select
        {{ event_columns() | join(', ') }}
    from {{ source }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from unioned
