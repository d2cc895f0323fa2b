{#- Text under a key of a JSON object; null for anything else. -#}
{% macro json_text(document, key) -%}
    {{ return(adapter.dispatch('json_text', 'milepost')(document, key)) }}
{%- endmacro %}

{% macro default__json_text(document, key) -%}
    ({{ document }} ->> ({{ key }}))
{%- endmacro %}


{#- Text at a path of a JSON document, `path` an SQL expression such as '$[0].subject'. -#}
{% macro json_path_text(document, path) -%}
    {{ return(adapter.dispatch('json_path_text', 'milepost')(document, path)) }}
{%- endmacro %}

{% macro default__json_path_text(document, path) -%}
    ({{ document }} ->> ({{ path }}))
{%- endmacro %}


{#- A JSON object of the named text expressions without the null ones; null when all are null. -#}
{% macro json_object_of(fields) -%}
    {{ return(adapter.dispatch('json_object_of', 'milepost')(fields)) }}
{%- endmacro %}

{#- Of control characters, the three that occur in texts of several lines are escaped. -#}
{% macro default__json_object_of(fields) -%}
    {%- set members = [] -%}
    {%- for name, value in fields.items() -%}
        {%- set escaped = namespace(value='replace(' ~ value ~ ', chr(92), chr(92) || chr(92))') -%}
        {%- for code, letter in [(34, 'chr(34)'), (10, "'n'"), (13, "'r'"), (9, "'t'")] -%}
            {%- set escaped.value = 'replace(' ~ escaped.value ~ ', chr(' ~ code ~ '), chr(92) || ' ~ letter ~ ')' -%}
        {%- endfor -%}
        {%- do members.append("'\"" ~ name ~ "\":\"' || " ~ escaped.value ~ " || '\"'") -%}
    {%- endfor -%}
    case
        when coalesce({{ fields.values() | join(', ') }}) is not null
            then '{' || concat_ws(',', {{ members | join(', ') }}) || '}'
    end
{%- endmacro %}
