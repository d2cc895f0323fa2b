{#- Whether a list holds a value; null lists hold nothing. -#}
{% macro list_holds(list, value) -%}
    {{ return(adapter.dispatch('list_holds', 'milepost')(list, value)) }}
{%- endmacro %}

{% macro default__list_holds(list, value) -%}
    coalesce(array_contains({{ list }}, {{ value }}), false)
{%- endmacro %}


{#- A list's items as one text, joined by `separator`; null for a null list. -#}
{% macro list_as_text(list, separator=', ') -%}
    {{ return(adapter.dispatch('list_as_text', 'milepost')(list, separator)) }}
{%- endmacro %}

{% macro default__list_as_text(list, separator) -%}
    array_to_string({{ list }}, '{{ separator }}')
{%- endmacro %}


{#- A null of the type "list of texts". -#}
{% macro no_list_of_texts() -%}
    {{ return(adapter.dispatch('no_list_of_texts', 'milepost')()) }}
{%- endmacro %}

{% macro default__no_list_of_texts() -%}
    cast(null as varchar array)
{%- endmacro %}


{#- Values of a group as a list, in ascending order. An aggregate. -#}
{% macro sorted_list(value) -%}
    {{ return(adapter.dispatch('sorted_list', 'milepost')(value)) }}
{%- endmacro %}

{% macro default__sorted_list(value) -%}
    array_agg({{ value }} order by {{ value }})
{%- endmacro %}


{#- Texts of a group joined by `separator` in the given order, nulls left out; null without any. An aggregate. -#}
{% macro joined_text(value, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_text', 'milepost')(value, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined_text(value, separator, order_by) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}


{#- Distinct values of a group as one text, in ascending order, nulls left out; null without any. An aggregate. -#}
{% macro distinct_text(value, separator=', ') -%}
    {{ return(adapter.dispatch('distinct_text', 'milepost')(value, separator)) }}
{%- endmacro %}

{% macro default__distinct_text(value, separator) -%}
    {{ milepost.list_as_text('array_sort(array_agg(distinct ' ~ value ~ '))', separator) }}
{%- endmacro %}
