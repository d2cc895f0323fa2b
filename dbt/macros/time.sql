{#- Wall-clock text to a timestamp; the vendor's zero dates and anything unreadable are null. -#}
{% macro local_timestamp(text) -%}
    try_cast(nullif({{ text }}, '0000-00-00 00:00:00') as timestamp)
{%- endmacro %}


{#- Wall-clock time in `zone` to UTC. In the hour that runs twice this is the second pass (standard time). -#}
{% macro to_utc(local_time, zone) -%}
    {{ return(adapter.dispatch('to_utc', 'milepost')(local_time, zone)) }}
{%- endmacro %}

{% macro default__to_utc(local_time, zone) -%}
    to_utc_timestamp({{ local_time }}, {{ zone }})
{%- endmacro %}

{% macro duckdb__to_utc(local_time, zone) -%}
    timezone('UTC', timezone({{ zone }}, {{ local_time }}))
{%- endmacro %}


{#- UTC to wall-clock time in `zone`. -#}
{% macro from_utc(utc_time, zone) -%}
    {{ return(adapter.dispatch('from_utc', 'milepost')(utc_time, zone)) }}
{%- endmacro %}

{% macro default__from_utc(utc_time, zone) -%}
    from_utc_timestamp({{ utc_time }}, {{ zone }})
{%- endmacro %}

{% macro duckdb__from_utc(utc_time, zone) -%}
    timezone({{ zone }}, timezone('UTC', {{ utc_time }}))
{%- endmacro %}


{#- Whether the clocks showed this time twice: an hour before the second pass they showed it too. -#}
{% macro is_ambiguous_local_time(local_time, zone) -%}
    ({{ from_utc(to_utc(local_time, zone) ~ " - interval '1 hour'", zone) }} = {{ local_time }})
{%- endmacro %}


{#- Milliseconds since 1970 to UTC. -#}
{% macro epoch_milliseconds(value) -%}
    {{ return(adapter.dispatch('epoch_milliseconds', 'milepost')(value)) }}
{%- endmacro %}

{% macro default__epoch_milliseconds(value) -%}
    timestamp_millis({{ value }})
{%- endmacro %}

{% macro duckdb__epoch_milliseconds(value) -%}
    make_timestamp({{ value }} * 1000)
{%- endmacro %}


{#- Text of the given strptime format to a timestamp, null when it does not fit. -#}
{% macro parse_timestamp(text, format) -%}
    {{ return(adapter.dispatch('parse_timestamp', 'milepost')(text, format)) }}
{%- endmacro %}

{% macro duckdb__parse_timestamp(text, format) -%}
    cast(try_strptime({{ text }}, '{{ format }}') as timestamp)
{%- endmacro %}


{#- An instant with a zone, or text with an offset, to UTC without a zone. -#}
{% macro instant_to_utc(value) -%}
    {{ return(adapter.dispatch('instant_to_utc', 'milepost')(value)) }}
{%- endmacro %}

{% macro default__instant_to_utc(value) -%}
    cast({{ value }} as timestamp)
{%- endmacro %}

{% macro duckdb__instant_to_utc(value) -%}
    timezone('UTC', try_cast({{ value }} as timestamptz))
{%- endmacro %}


{#- Whole seconds from one instant to another. -#}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'milepost')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    (unix_timestamp({{ later }}) - unix_timestamp({{ earlier }}))
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    cast(floor(epoch({{ later }} - {{ earlier }})) as bigint)
{%- endmacro %}


{#- An action of the hour that runs twice, read as standard time: before its day's second pass it was an hour earlier. -#}
{% macro disambiguate_repeated_hour(action, second_pass) -%}
    case
        when {{ action }}.seq_id < {{ second_pass }}.first_seq_id then {{ action }}.occurred_at - interval '1 hour'
        else {{ action }}.occurred_at
    end
{%- endmacro %}
