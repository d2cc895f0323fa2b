{#- Text as a number of a type (bigint, integer, double, a decimal); null for any other text. Halves of whole numbers round up. -#}
{% macro try_number(text, type) -%}
    {{ return(adapter.dispatch('try_number', 'milepost')(text, type)) }}
{%- endmacro %}

{% macro default__try_number(text, type) -%}
    try_cast({{ text }} as {{ type }})
{%- endmacro %}


{#- Text as a day; null for any other. A time of the day is left out. -#}
{% macro try_date(text) -%}
    {{ return(adapter.dispatch('try_date', 'milepost')(text)) }}
{%- endmacro %}

{% macro default__try_date(text) -%}
    try_cast({{ text }} as date)
{%- endmacro %}
