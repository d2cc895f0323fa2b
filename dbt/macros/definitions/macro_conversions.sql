{#- Which source event of a macro-conversion represents its duplicates: one that names a person, then the earliest. -#}
{% macro source_event_order() -%}
    case when person_key is null then 1 else 0 end, occurred_at, event_rank, event_id
{%- endmacro %}
