{% macro duckdb__displayed_length(text) -%}
    length_grapheme({{ text }})
{%- endmacro %}


{% macro duckdb__text_fits(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}
