{% macro duckdb__round_half_even(value, decimals) -%}
    round_even({{ value }}, {{ decimals }})
{%- endmacro %}
