{#- As DuckDB does: the product, which may lie below a half that the number's digits show, is rounded from zero. -#}
{% macro spark__money_amount(value) -%}
    cast(round({{ value }} * 10000) / 10000 as decimal(18, 4))
{%- endmacro %}
