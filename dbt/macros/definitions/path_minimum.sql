{#- How many persons a path of its own must have, given how many there are in all. -#}
{% macro path_minimum(persons) -%}
    greatest({{ var('path_minimum_persons') }}, ceil({{ persons }} * {{ var('path_minimum_share') }}))
{%- endmacro %}
