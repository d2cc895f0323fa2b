{#- Wall-clock text to a timestamp; the vendor's zero dates and anything unreadable or implausible are null. -#}
{% macro local_timestamp(text) -%}
    {{ milepost.plausible_time(milepost.try_timestamp("nullif(" ~ text ~ ", '0000-00-00 00:00:00')")) }}
{%- endmacro %}


{#- Text as SQL writes a timestamp; null for any other. -#}
{% macro try_timestamp(text) -%}
    {{ return(adapter.dispatch('try_timestamp', 'milepost')(text)) }}
{%- endmacro %}

{% macro default__try_timestamp(text) -%}
    try_cast({{ text }} as timestamp)
{%- endmacro %}


{#-
    A time that describes a row with `_extracted_at`, null before the earliest plausible one or more than a day after
    the extraction, which covers the offset of any zone. The times of events are checked on loading.
-#}
{% macro plausible_time(value) -%}
    case
        when {{ value }} >= timestamp '{{ var('earliest_time') }}'
            and {{ value }} <= {{ plus_days(instant_to_utc('_extracted_at'), 1) }}
            then {{ value }}
    end
{%- endmacro %}


{#- Wall-clock time in `zone` to UTC. In the daylight-saving repeated hour this is the second pass (standard time). -#}
{% macro to_utc(local_time, zone) -%}
    {{ return(adapter.dispatch('to_utc', 'milepost')(local_time, zone)) }}
{%- endmacro %}

{#- An engine may read the repeated hour as either pass: when an hour later the clocks show the same, it was the first. -#}
{% macro default__to_utc(local_time, zone) -%}
    {%- set instant = '(' ~ local_time ~ ' at time zone ' ~ zone ~ " at time zone 'UTC')" -%}
    case
        when {{ from_utc(instant ~ " + interval '1' hour", zone) }} = {{ local_time }} then {{ instant }} + interval '1' hour
        else {{ instant }}
    end
{%- endmacro %}


{#- UTC to wall-clock time in `zone`. -#}
{% macro from_utc(utc_time, zone) -%}
    {{ return(adapter.dispatch('from_utc', 'milepost')(utc_time, zone)) }}
{%- endmacro %}

{% macro default__from_utc(utc_time, zone) -%}
    (({{ utc_time }}) at time zone 'UTC' at time zone {{ zone }})
{%- endmacro %}


{#- Whether the clocks showed this time twice: an hour before the second pass they showed it too. -#}
{% macro is_ambiguous_local_time(local_time, zone) -%}
    ({{ from_utc(to_utc(local_time, zone) ~ " - interval '1' hour", zone) }} = {{ local_time }})
{%- endmacro %}


{#- The same as `to_utc`, but the first pass where the second is after `latest`: the time was read within it. -#}
{% macro to_utc_until(local_time, zone, latest) -%}
    case
        when {{ to_utc(local_time, zone) }} > {{ latest }} and {{ is_ambiguous_local_time(local_time, zone) }}
            then {{ to_utc(local_time, zone) }} - interval '1' hour
        else {{ to_utc(local_time, zone) }}
    end
{%- endmacro %}


{#- Whether an event of a file is a day without a time: loading sets it to the last microsecond of the day, or of the
    second before the extraction, which no clock gives. -#}
{% macro is_day_without_time(instant) -%}
    ({{ instant }} + interval '0.000001' second = date_trunc('second', {{ instant }} + interval '0.000001' second))
{%- endmacro %}


{#- Milliseconds since 1970 to UTC. -#}
{% macro epoch_milliseconds(value) -%}
    {{ return(adapter.dispatch('epoch_milliseconds', 'milepost')(value)) }}
{%- endmacro %}

{#- Days first, as the number by which an interval is multiplied may have to fit 32 bits. -#}
{% macro default__epoch_milliseconds(value) -%}
    {%- set days = 'cast(floor(' ~ value ~ ' / 86400000) as integer)' -%}
    (
        timestamp '1970-01-01 00:00:00' + {{ days }} * interval '1' day
        + cast({{ value }} - cast({{ days }} as bigint) * 86400000 as integer) * interval '0.001' second
    )
{%- endmacro %}


{#- Text of the given strptime format (%Y %m %d %H %M %S) to a timestamp, null when it does not fit. -#}
{% macro parse_timestamp(text, format) -%}
    {{ return(adapter.dispatch('parse_timestamp', 'milepost')(text, format)) }}
{%- endmacro %}

{#- The digits of each part are cut out where the format has them, and put together as SQL writes a timestamp. -#}
{% macro default__parse_timestamp(text, format) -%}
    {%- set digits = {'Y': 4, 'm': 2, 'd': 2, 'H': 2, 'M': 2, 'S': 2} -%}
    {%- set parts = {} -%}
    {%- set state = namespace(position=1, is_directive=false, pattern='') -%}
    {%- for letter in format -%}
        {%- if state.is_directive -%}
            {%- do parts.update({letter: 'substring(' ~ text ~ ', ' ~ state.position ~ ', ' ~ digits[letter] ~ ')'}) -%}
            {%- set state.pattern = state.pattern ~ '[0-9]{' ~ digits[letter] ~ '}' -%}
            {%- set state.position = state.position + digits[letter] -%}
            {%- set state.is_directive = false -%}
        {%- elif letter == '%' -%}
            {%- set state.is_directive = true -%}
        {%- else -%}
            {%- set state.pattern = state.pattern ~ '[' ~ letter ~ ']' -%}
            {%- set state.position = state.position + 1 -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set of_day = parts.get('H', "'00'") ~ " || ':' || " ~ parts.get('M', "'00'") ~ " || ':' || " ~ parts.get('S', "'00'") -%}
    case
        when {{ milepost.text_fits(text, '^' ~ state.pattern ~ '$') }}
            then try_cast({{ parts['Y'] }} || '-' || {{ parts['m'] }} || '-' || {{ parts['d'] }} || ' ' || {{ of_day }} as timestamp)
    end
{%- endmacro %}


{#- An instant with a zone, or text with an offset, to UTC without a zone; null when unreadable. -#}
{% macro instant_to_utc(value) -%}
    {{ return(adapter.dispatch('instant_to_utc', 'milepost')(value)) }}
{%- endmacro %}

{% macro default__instant_to_utc(value) -%}
    (try_cast({{ value }} as timestamp with time zone) at time zone 'UTC')
{%- endmacro %}


{#- An instant moved by whole days. -#}
{% macro plus_days(instant, days) -%}
    ({{ instant }} + ({{ days }}) * interval '1' day)
{%- endmacro %}


{#- An instant moved by whole seconds, backwards when they are negative. -#}
{% macro plus_seconds(instant, seconds) -%}
    ({{ instant }} + ({{ seconds }}) * interval '1' second)
{%- endmacro %}


{#- Seconds from one instant to another, with their fraction. -#}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'milepost')(earlier, later)) }}
{%- endmacro %}

{#- Days and the time of day apart, each of them exact, so that the sum is rounded in one way: in the other the last digit may differ. -#}
{% macro default__seconds_between(earlier, later) -%}
    {%- set difference = '(' ~ later ~ ' - ' ~ earlier ~ ')' -%}
    (
        86400 * cast(extract(day from {{ difference }}) as double)
        + cast(
            3600000000 * cast(extract(hour from {{ difference }}) as bigint)
            + 60000000 * cast(extract(minute from {{ difference }}) as bigint)
            + cast(extract(microseconds from {{ difference }}) as bigint) as double
        ) / 1000000
    )
{%- endmacro %}


{#-
    An action of the daylight-saving repeated hour, read as standard time: before its day's second pass it was an hour
    earlier.
-#}
{% macro disambiguate_repeated_hour(action, second_pass) -%}
    case
        when {{ action }}.seq_id < {{ second_pass }}.first_seq_id then {{ action }}.occurred_at - interval '1' hour
        else {{ action }}.occurred_at
    end
{%- endmacro %}
