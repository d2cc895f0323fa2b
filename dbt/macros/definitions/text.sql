{#- Trimmed text; empty is null. -#}
{% macro clean_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}


{#- A dimension value of Google Analytics; its words for "nothing" are null. -#}
{% macro ga4_value(column) -%}
    case
        when {{ column }} not in ('', '(not set)', '(none)', '(other)', '(data not available)') then {{ column }}
    end
{%- endmacro %}


{#- A source or medium of traffic, whose `(not set)`, `(none)` and `(direct)` say something; what is folded does not. -#}
{% macro ga4_traffic_value(column) -%}
    case when {{ column }} not in ('(other)', '(data not available)') then {{ milepost.clean_text(column) }} end
{%- endmacro %}


{#- Whether Google Analytics folded any of these dimensions: the table of the day has more rows than it keeps. -#}
{% macro ga4_is_folded(columns) -%}
    coalesce('(other)' in ({{ columns | join(', ') }}), false)
{%- endmacro %}


{#- Hit time as a number of milliseconds, also when it was sent in seconds; null outside the years 1973 to 2286. -#}
{% macro ga4_hit_milliseconds(column) -%}
    (
        case
            when try_cast({{ column }} as bigint) between 100000000000 and 9999999999999
                then try_cast({{ column }} as bigint)
            when try_cast({{ column }} as bigint) between 100000000 and 9999999999
                then try_cast({{ column }} as bigint) * 1000
        end
    )
{%- endmacro %}


{#- By what the reports of a hit are joined: its time as it was sent, right or wrong. -#}
{% macro ga4_hit_key(column) -%}
    case
        when try_cast({{ column }} as bigint) is not null then try_cast({{ column }} as bigint)
        when {{ milepost.ga4_value(column) }} is not null then {{ milepost.stable_key([column]) }}
    end
{%- endmacro %}


{#- Events that a row of Google Analytics stands for: 1 where the number is none that a count can be. -#}
{% macro ga4_event_count(column) -%}
    case when {{ column }} between 1 and 2147483647 then {{ column }} else 1 end
{%- endmacro %}


{#- Bytes as lower-case hex digits, two each. -#}
{% macro hex_text(bytes) -%}
    lower(hex({{ bytes }}))
{%- endmacro %}


{#- Number of characters as a reader sees them: an emoji family counts once. -#}
{% macro displayed_length(text) -%}
    {{ return(adapter.dispatch('displayed_length', 'milepost')(text)) }}
{%- endmacro %}

{#- A flag is two regional letters; marks, variants and skin tones belong to the character before, joined ones to the first. -#}
{% macro default__displayed_length(text) -%}
    {%- set character = '(?s:.)[\\p{M}\\x{FE0F}\\x{1F3FB}-\\x{1F3FF}]*' -%}
    cardinality(regexp_extract_all(
        {{ text }}, '[\x{1F1E6}-\x{1F1FF}]{2}|{{ character }}(?:\x{200D}{{ character }})*', 0
    ))
{%- endmacro %}


{#- Whether a text matches a regular expression that matches no empty text. -#}
{% macro text_fits(text, pattern) -%}
    {{ return(adapter.dispatch('text_fits', 'milepost')(text, pattern)) }}
{%- endmacro %}

{% macro default__text_fits(text, pattern) -%}
    regexp_extract({{ text }}, '{{ pattern }}', 0) <> ''
{%- endmacro %}


{#- A capture group of a regular expression, null when it does not match or is empty. -#}
{% macro text_match(text, pattern, group=1) -%}
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
    {{ milepost.list_as_text("regexp_extract_all(lower(" ~ text ~ "), '[a-z0-9]+', 0)", '-') }}
{%- endmacro %}
