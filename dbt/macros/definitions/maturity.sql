{#- Until when the data is complete: the latest instant any source reported, never the wall clock. -#}
{% macro data_watermark() -%}
    (select watermark_at from {{ ref('int_data_watermark') }})
{%- endmacro %}


{#- Whether the days in which something exposed at an instant may be completed had passed when the data ends. -#}
{% macro exposure_is_mature(exposed_at, window_days) -%}
    {{ plus_days(exposed_at, window_days) }} <= {{ data_watermark() }}
{%- endmacro %}
