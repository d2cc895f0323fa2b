{#-
    The path of a group: its values in order, immediate repeats left out when `collapse_immediate_repeats` is set
    (the default), joined by `path_separator`. An aggregate; null for a group without values.
-#}
{% macro ordered_path(value, position, is_immediate_repeat) -%}
    {{ return(adapter.dispatch('ordered_path', 'milepost')(value, position, is_immediate_repeat)) }}
{%- endmacro %}

{% macro default__ordered_path(value, position, is_immediate_repeat) -%}
    {%- set step -%}
    case when {{ counts_in_path(is_immediate_repeat) }} then cast({{ value }} as string) end
    {%- endset -%}
    {{ milepost.joined_text(step, var('path_separator'), position) }}
{%- endmacro %}


{#- Whether a micro-conversion is a step of the path, under the declared collapse rule. -#}
{% macro counts_in_path(is_immediate_repeat) -%}
    {{ 'not ' ~ is_immediate_repeat if var('collapse_immediate_repeats') else 'true' }}
{%- endmacro %}
