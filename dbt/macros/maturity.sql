{#- Whether the days in which something exposed at an instant may be completed had passed when the data ends. -#}
{% macro exposure_is_mature(exposed_at, window_days) -%}
    {{ plus_days(exposed_at, window_days) }} <= {{ data_watermark() }}
{%- endmacro %}
