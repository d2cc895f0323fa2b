{#- A scan of numbers: `sequence(0, -1)` would be [0, -1]. -#}
{% macro spark__whole_numbers(last) -%}
    (select id as number from range(10000) where id <= {{ last }})
{%- endmacro %}
