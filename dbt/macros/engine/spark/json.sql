{#- In brackets, as a dot or a blank in a key would be read as a path. -#}
{% macro spark__json_text(document, key) -%}
    get_json_object({{ document }}, '$[\'' || {{ key }} || '\']')
{%- endmacro %}


{% macro spark__json_path_text(document, path) -%}
    get_json_object({{ document }}, {{ path }})
{%- endmacro %}


{#- Nulls are left out by default. -#}
{% macro spark__json_object_of(fields) -%}
    case
        when coalesce({{ fields.values() | join(', ') }}) is not null
            then to_json(named_struct(
                {%- for name, value in fields.items() %}'{{ name }}', {{ value }}{{ ", " if not loop.last }}{% endfor -%}
            ))
    end
{%- endmacro %}
