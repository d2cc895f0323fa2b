{% macro duckdb__path_pattern(path, path_length, steps, separator) -%}
    case
        when {{ path_length }} = {{ steps }} then {{ path }}
        when {{ path_length }} > {{ steps }}
            then array_to_string(list_slice(string_split({{ path }}, '{{ separator }}'), 1, {{ steps }}), '{{ separator }}')
                || '{{ separator }}…'
    end
{%- endmacro %}


{% macro duckdb__path_steps(pattern, separator) -%}
    len(list_filter(string_split({{ pattern }}, '{{ separator }}'), lambda step: step <> '…'))
{%- endmacro %}
