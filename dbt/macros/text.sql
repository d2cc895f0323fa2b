{#- Trimmed text; empty is null. -#}
{% macro clean_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}


{#- A dimension value of Google Analytics; its words for "nothing" are null. -#}
{% macro ga4_value(column) -%}
    case when {{ column }} not in ('', '(not set)', '(none)', '(other)') then {{ column }} end
{%- endmacro %}


{#- Text under a key of a JSON object; null for anything else. -#}
{% macro json_text(document, key) -%}
    {{ return(adapter.dispatch('json_text', 'milepost')(document, key)) }}
{%- endmacro %}

{% macro default__json_text(document, key) -%}
    get_json_object({{ document }}, concat('$.', {{ key }}))
{%- endmacro %}

{% macro duckdb__json_text(document, key) -%}
    json_extract_string({{ document }}, '$."' || {{ key }} || '"')
{%- endmacro %}


{#- Bytes as lower-case hex digits, two each. -#}
{% macro hex_text(bytes) -%}
    lower(hex({{ bytes }}))
{%- endmacro %}


{#- Number of characters as a reader sees them: an emoji family counts once. -#}
{% macro displayed_length(text) -%}
    {{ return(adapter.dispatch('displayed_length', 'milepost')(text)) }}
{%- endmacro %}

{% macro default__displayed_length(text) -%}
    length({{ text }})
{%- endmacro %}

{% macro duckdb__displayed_length(text) -%}
    length_grapheme({{ text }})
{%- endmacro %}


{#- First capture group of a regular expression, null when it does not match. -#}
{% macro text_match(text, pattern, group=1) -%}
    {{ return(adapter.dispatch('text_match', 'milepost')(text, pattern, group)) }}
{%- endmacro %}

{% macro default__text_match(text, pattern, group) -%}
    nullif(regexp_extract({{ text }}, '{{ pattern }}', {{ group }}), '')
{%- endmacro %}


{#- Path of an address or of a `path?query`, without host, query and fragment. -#}
{% macro url_path(url) -%}
    {{ milepost.text_match(url, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*)?([^?#]*)') }}
{%- endmacro %}


{#- Value of one query parameter, as written (not decoded). -#}
{% macro url_parameter(url, name) -%}
    {{ milepost.text_match(url, '[?&]' ~ name ~ '=([^&#]*)') }}
{%- endmacro %}


{#- Words of a title as they stand in a UTM parameter: lower case, joined by single hyphens. -#}
{% macro slug(text) -%}
    {{ return(adapter.dispatch('slug', 'milepost')(text)) }}
{%- endmacro %}

{% macro default__slug(text) -%}
    trim(both '-' from regexp_replace(lower({{ text }}), '[^a-z0-9]+', '-'))
{%- endmacro %}

{% macro duckdb__slug(text) -%}
    trim(regexp_replace(lower({{ text }}), '[^a-z0-9]+', '-', 'g'), '-')
{%- endmacro %}


{#- A glob of a seed (`*` any text) as a pattern for `like`. -#}
{% macro glob_to_like(glob) -%}
    replace(replace(replace({{ glob }}, '_', '\_'), '%', '\%'), '*', '%')
{%- endmacro %}


{#- Whether a text fits a glob of a seed. A null glob asks for nothing. -#}
{% macro fits_glob(text, glob) -%}
    ({{ glob }} is null or {{ text }} like {{ milepost.glob_to_like(glob) }} escape '\')
{%- endmacro %}
