{#-
    Spark takes Java's `1d` and `1f` for numbers, and no whole number with a fraction or an exponent, which DuckDB rounds;
    a decimal of text rounds halves from zero on both.
-#}
{% macro spark__try_number(text, type) -%}
    {%- set is_number = '([0-9](_?[0-9])*[.]?([0-9](_?[0-9])*)?|[.][0-9](_?[0-9])*)([eE][+-]?[0-9]+)?' -%}
    {%- set no_number = '|(?i:inf|infinity|nan)' if type == 'double' else '' -%}
    {%- set is_fit = text ~ " rlike '^\\\\s*[+-]?(" ~ is_number ~ no_number ~ ")\\\\s*$'" -%}
    {%- set digits = "replace(" ~ text ~ ", '_', '')" -%}
    {%- set number = 'round(try_cast(' ~ digits ~ ' as decimal(38, 18)))' if type in ('bigint', 'integer') else digits -%}
    case when {{ is_fit }} then try_cast({{ number }} as {{ type }}) end
{%- endmacro %}


{#- Spark takes a year or a month for its first day as well, and any words after a day. -#}
{% macro spark__try_date(text) -%}
    {%- set day = '^ *([0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2})(?: *|[ T][0-9]{1,2}:[0-9]{1,2}.*)$' -%}
    try_cast(regexp_extract({{ text }}, '{{ day }}', 1) as date)
{%- endmacro %}
