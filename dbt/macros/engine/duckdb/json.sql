{#- A key is quoted, or one that begins with `$` or `/` would be read as a path. -#}
{% macro duckdb__json_text(document, key) -%}
    json_extract_string({{ document }}, '$."' || {{ key }} || '"')
{%- endmacro %}


{% macro duckdb__json_object_of(fields) -%}
    case
        when coalesce({{ fields.values() | join(', ') }}) is not null
            then json_merge_patch('{}', json_object(
                {%- for name, value in fields.items() %}'{{ name }}', {{ value }}{{ ", " if not loop.last }}{% endfor -%}
            ))
    end
{%- endmacro %}
