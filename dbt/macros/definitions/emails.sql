{#- Roles of links (utm_content) that are calls to action. -#}
{% macro call_roles() -%}
    {{ return(['cta', 'redeem_offer', 'reserve']) }}
{%- endmacro %}


{#- Words of a text in lower case, each between blanks, so that a phrase is found as whole words. -#}
{% macro spaced_words(text) -%}
    ' ' || {{ milepost.list_as_text("regexp_extract_all(lower(" ~ text ~ "), '[^ .,;:!?()\"]+', 0)", ' ') }} || ' '
{%- endmacro %}


{#- The hour of a week that begins on Monday, 0 to 167, of a wall-clock time. 1990-01-01 was a Monday. -#}
{% macro hour_of_week(local_time) -%}
    cast(mod(cast(floor({{ milepost.seconds_between("timestamp '1990-01-01 00:00:00'", local_time) }} / 3600) as bigint), 168) as integer)
{%- endmacro %}
