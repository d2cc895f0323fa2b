{#- Schemas have exactly the configured name: the readers of `marts` must not depend on a target's prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
