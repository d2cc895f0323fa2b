{#- Spark reads the repeated hour as its first pass: when an hour later the clocks show the same, it was. -#}
{% macro spark__to_utc(local_time, zone) -%}
    {%- set instant = 'to_utc_timestamp(' ~ local_time ~ ', ' ~ zone ~ ')' -%}
    {%- set later = instant ~ " + interval '1' hour" -%}
    cast(
        case when from_utc_timestamp({{ later }}, {{ zone }}) = {{ local_time }} then {{ later }} else {{ instant }} end
        as timestamp
    )
{%- endmacro %}


{% macro spark__from_utc(utc_time, zone) -%}
    cast(from_utc_timestamp({{ utc_time }}, {{ zone }}) as timestamp)
{%- endmacro %}


{% macro spark__epoch_milliseconds(value) -%}
    cast(timestamp_millis({{ value }}) as timestamp)
{%- endmacro %}


{#- Spark takes a year, an hour without a day or minutes, and words such as `now` for times as well: only what has a day is one. -#}
{% macro spark__instant_to_utc(value) -%}
    cast(case when cast({{ value }} as string) rlike '{{ milepost.begins_with_a_day() }}' then try_cast({{ value }} as timestamp_ltz) end as timestamp)
{%- endmacro %}


{% macro spark__try_timestamp(text) -%}
    case when {{ text }} rlike '{{ milepost.begins_with_a_day() }}' then try_cast({{ text }} as timestamp) end
{%- endmacro %}


{% macro begins_with_a_day() -%} ^ *[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}( *$|[ T][0-9]{1,2}:) {%- endmacro %}


{% macro spark__seconds_between(earlier, later) -%}
    {%- set microseconds -%}
    (unix_micros(cast({{ later }} as timestamp_ltz)) - unix_micros(cast({{ earlier }} as timestamp_ltz)))
    {%- endset -%}
    (
        cast({{ microseconds }} div 86400000000 * 86400 as double)
        + cast({{ microseconds }} % 86400000000 as double) / 1000000
    )
{%- endmacro %}
