{#- Distinct values of a group as one text, in alphabetical order. An aggregate. -#}
{% macro distinct_text(value, separator=', ') -%}
    {{ return(adapter.dispatch('distinct_text', 'milepost')(value, separator)) }}
{%- endmacro %}

{% macro duckdb__distinct_text(value, separator) -%}
    array_to_string(list_sort(list(distinct {{ value }})), '{{ separator }}')
{%- endmacro %}


{#- Which telling of a macro-conversion stands for the others: one that names a person, then the earliest. -#}
{% macro telling_order() -%}
    case when person_key is null then 1 else 0 end, occurred_at, event_rank, event_id
{%- endmacro %}


{#- Values of a group as a list, in alphabetical order. An aggregate. -#}
{% macro sorted_list(value) -%}
    {{ return(adapter.dispatch('sorted_list', 'milepost')(value)) }}
{%- endmacro %}

{% macro default__sorted_list(value) -%}
    array_sort(collect_list({{ value }}))
{%- endmacro %}

{% macro duckdb__sorted_list(value) -%}
    list({{ value }} order by {{ value }})
{%- endmacro %}
