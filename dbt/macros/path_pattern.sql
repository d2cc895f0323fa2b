{#-
    The first `steps` steps of a path, followed by an ellipsis when the path goes on; null when it has fewer steps.
    So `a > b > …` are those who went on from b, and `a > b` those who stopped there.
-#}
{% macro path_pattern(path, path_length, steps) -%}
    {{ return(adapter.dispatch('path_pattern', 'milepost')(path, path_length, steps, var('path_separator'))) }}
{%- endmacro %}

{% macro duckdb__path_pattern(path, path_length, steps, separator) -%}
    case
        when {{ path_length }} = {{ steps }} then {{ path }}
        when {{ path_length }} > {{ steps }}
            then array_to_string(list_slice(string_split({{ path }}, '{{ separator }}'), 1, {{ steps }}), '{{ separator }}')
                || '{{ separator }}…'
    end
{%- endmacro %}


{#- A path without what follows its first `steps` steps. -#}
{% macro first_steps(path, steps) -%}
    {{ return(adapter.dispatch('first_steps', 'milepost')(path, steps, var('path_separator'))) }}
{%- endmacro %}

{% macro duckdb__first_steps(path, steps, separator) -%}
    array_to_string(list_slice(string_split({{ path }}, '{{ separator }}'), 1, {{ steps }}), '{{ separator }}')
{%- endmacro %}


{#- How many steps a pattern names; the ellipsis is none. -#}
{% macro path_steps(pattern) -%}
    {{ return(adapter.dispatch('path_steps', 'milepost')(pattern, var('path_separator'))) }}
{%- endmacro %}

{% macro duckdb__path_steps(pattern, separator) -%}
    len(list_filter(string_split({{ pattern }}, '{{ separator }}'), lambda step: step <> '…'))
{%- endmacro %}
