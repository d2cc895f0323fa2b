{#- DuckDB reads the repeated hour as its second pass. -#}
{% macro duckdb__to_utc(local_time, zone) -%}
    timezone('UTC', timezone({{ zone }}, {{ local_time }}))
{%- endmacro %}


{% macro duckdb__epoch_milliseconds(value) -%}
    make_timestamp({{ value }} * 1000)
{%- endmacro %}


{% macro duckdb__parse_timestamp(text, format) -%}
    cast(try_strptime({{ text }}, '{{ format }}') as timestamp)
{%- endmacro %}


{% macro duckdb__seconds_between(earlier, later) -%}
    epoch({{ later }} - {{ earlier }})
{%- endmacro %}
