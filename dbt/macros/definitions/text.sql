{#- Trimmed text; empty is null. -#}
{% macro clean_text(column) -%}
    nullif({{ milepost.trimmed(column) }}, '')
{%- endmacro %}


{#- Without blanks of any width at its ends. -#}
{% macro trimmed(text) -%}
    {{ return(adapter.dispatch('trimmed', 'milepost')(text)) }}
{%- endmacro %}

{% macro default__trimmed(text) -%}
    trim({{ text }})
{%- endmacro %}


{#-
    What Google Analytics writes where it says nothing: what is folded, what somebody had deleted
    (support.google.com/analytics/answer/9940393), and what its public sample hides.
-#}
{% macro ga4_hidden_values() -%}
    '(other)', '(data not available)', '(data deleted)', '<Other>'
{%- endmacro %}


{#- A dimension value of Google Analytics; its words for "nothing" are null. -#}
{% macro ga4_value(column) -%}
    case when {{ column }} not in ('', '(not set)', '(none)', {{ milepost.ga4_hidden_values() }}) then {{ column }} end
{%- endmacro %}


{#- A source or medium of traffic, whose `(not set)`, `(none)` and `(direct)` say something; what is hidden does not. -#}
{% macro ga4_traffic_value(column) -%}
    case when {{ column }} not in ({{ milepost.ga4_hidden_values() }}) then {{ milepost.clean_text(column) }} end
{%- endmacro %}


{#- Whether Google Analytics folded any of these dimensions: the table of the day has more rows than it keeps. -#}
{% macro ga4_is_folded(columns) -%}
    coalesce('(other)' in ({{ columns | join(', ') }}), false)
{%- endmacro %}


{#- Hit time as a number of milliseconds, also when it was sent in seconds; null outside the years 1973 to 2286. -#}
{% macro ga4_hit_milliseconds(column) -%}
    (
        case
            when {{ milepost.try_number(column, 'bigint') }} between 100000000000 and 9999999999999
                then {{ milepost.try_number(column, 'bigint') }}
            when {{ milepost.try_number(column, 'bigint') }} between 100000000 and 9999999999
                then {{ milepost.try_number(column, 'bigint') }} * 1000
        end
    )
{%- endmacro %}


{#- By what the reports of a hit are joined: its time as it was sent, right or wrong. -#}
{% macro ga4_hit_key(column) -%}
    case
        when {{ milepost.try_number(column, 'bigint') }} is not null then {{ milepost.try_number(column, 'bigint') }}
        when {{ milepost.ga4_value(column) }} is not null then {{ milepost.stable_key([column]) }}
    end
{%- endmacro %}


{#- Events that a row of Google Analytics stands for: 1 where the number is none that a count can be. -#}
{% macro ga4_event_count(column) -%}
    case when {{ column }} between 1 and 2147483647 then {{ column }} else 1 end
{%- endmacro %}


{#- Whether a row of `exported_days` is the day and the property of a row of the Data API; of either one may be unknown. -#}
{% macro is_exported(rows) -%}
    {{ milepost.partition_day(rows ~ '._partition') }} = exported_days.property_date
    and coalesce({{ rows }}.property_id, exported_days.property_id, '')
    = coalesce(exported_days.property_id, {{ rows }}.property_id, '')
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
    {{ return(adapter.dispatch('text_match', 'milepost')(text, pattern, group)) }}
{%- endmacro %}

{% macro default__text_match(text, pattern, group) -%}
    nullif(regexp_extract({{ text }}, '{{ pattern }}', {{ group }}), '')
{%- endmacro %}


{#- Path of an address or of a `path?query`, without host, query and fragment. -#}
{% macro url_path(url) -%}
    {{ milepost.text_match(url, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*)?([^?#]*)') }}
{%- endmacro %}


{#- The words of a text in lower case: letters with their marks, and digits, of any script. -#}
{% macro words_of(text) -%}
    {{ return(adapter.dispatch('words_of', 'milepost')(text)) }}
{%- endmacro %}

{% macro default__words_of(text) -%}
    regexp_extract_all(lower({{ text }}), '[\p{L}\p{M}\p{N}]+', 0)
{%- endmacro %}


{#- Words of a title as they stand in a UTM parameter: lower case, joined by single hyphens; signs alone stay. -#}
{% macro slug(text) -%}
    coalesce(nullif({{ milepost.list_as_text(milepost.words_of(text), '-') }}, ''), lower({{ text }}))
{%- endmacro %}


{#- The same of the letters of English alone, as some senders make a UTM parameter; empty where there are none. -#}
{% macro ascii_slug(text) -%}
    {{ milepost.list_as_text("regexp_extract_all(lower(" ~ text ~ "), '[a-z0-9]+', 0)", '-') }}
{%- endmacro %}
