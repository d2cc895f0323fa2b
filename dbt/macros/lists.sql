{#- Whether a list holds a value; null lists hold nothing. -#}
{% macro list_holds(list, value) -%}
    {{ return(adapter.dispatch('list_holds', 'milepost')(list, value)) }}
{%- endmacro %}

{% macro default__list_holds(list, value) -%}
    coalesce(array_contains({{ list }}, {{ value }}), false)
{%- endmacro %}

{% macro duckdb__list_holds(list, value) -%}
    coalesce(list_contains({{ list }}, {{ value }}), false)
{%- endmacro %}


{#- Text of a list's items joined by `separator`, as an aggregate in the given order. -#}
{% macro joined_text(value, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_text', 'milepost')(value, separator, order_by)) }}
{%- endmacro %}

{% macro duckdb__joined_text(value, separator, order_by) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}


{#- Text at a path of a JSON document, `path` an SQL expression such as '$[0].subject'. -#}
{% macro json_path_text(document, path) -%}
    {{ return(adapter.dispatch('json_path_text', 'milepost')(document, path)) }}
{%- endmacro %}

{% macro default__json_path_text(document, path) -%}
    get_json_object({{ document }}, {{ path }})
{%- endmacro %}

{% macro duckdb__json_path_text(document, path) -%}
    json_extract_string({{ document }}, {{ path }})
{%- endmacro %}


{#- A JSON object of the named expressions without the null ones; null when all are null. -#}
{% macro json_object_of(fields) -%}
    {{ return(adapter.dispatch('json_object_of', 'milepost')(fields)) }}
{%- endmacro %}

{% macro duckdb__json_object_of(fields) -%}
    case
        when coalesce({{ fields.values() | join(', ') }}) is not null
            then json_merge_patch('{}', json_object(
                {%- for name, value in fields.items() %}'{{ name }}', {{ value }}{{ ", " if not loop.last }}{% endfor -%}
            ))
    end
{%- endmacro %}


{#- A list's items as one text, joined by `separator`; null for a null list. -#}
{% macro list_as_text(list, separator=', ') -%}
    {{ return(adapter.dispatch('list_as_text', 'milepost')(list, separator)) }}
{%- endmacro %}

{% macro default__list_as_text(list, separator) -%}
    array_join({{ list }}, '{{ separator }}')
{%- endmacro %}

{% macro duckdb__list_as_text(list, separator) -%}
    array_to_string({{ list }}, '{{ separator }}')
{%- endmacro %}


{#- A null of the type "list of texts". -#}
{% macro no_list_of_texts() -%}
    {{ return(adapter.dispatch('no_list_of_texts', 'milepost')()) }}
{%- endmacro %}

{% macro default__no_list_of_texts() -%}
    cast(null as array<string>)
{%- endmacro %}

{% macro duckdb__no_list_of_texts() -%}
    cast(null as varchar[])
{%- endmacro %}
