{#- The latest instant any source reported, never the wall clock: how long what is open has lasted so far. -#}
{% macro data_watermark() -%}
    (select watermark_at from {{ ref('int_data_watermark') }})
{%- endmacro %}


{#- Until when an outcome is known by all sources that report it (see `int_outcome_watermarks`). -#}
{% macro outcome_watermark(outcome_type, outcome='any') -%}
    (
        select watermark_at from {{ ref('int_outcome_watermarks') }}
        where outcome_type = '{{ outcome_type }}' and outcome = '{{ outcome }}'
    )
{%- endmacro %}


{#- Whether the days in which something exposed at an instant may be completed had passed when the outcome was known. -#}
{% macro exposure_is_mature(exposed_at, window_days, watermark_at) -%}
    coalesce({{ plus_days(exposed_at, window_days) }} <= {{ watermark_at }}, false)
{%- endmacro %}


{#- End of a day of a source's own time zone, in UTC. -#}
{% macro end_of_day(day, time_zone) -%}
    {{ to_utc(plus_days('cast(' ~ day ~ ' as timestamp)', 1), time_zone) }}
{%- endmacro %}


{#- The time zone of each source's days, where its contract says which (`vendor_totals.days`). -#}
{% macro time_zones_of_days() -%}
    {%- set models = {} -%}
    {%- for source, contract in milepost.event_contracts().items() -%}
        {%- if contract.vendor_totals != 'none' and contract.vendor_totals.days -%}
            {%- do models.update({source: contract.vendor_totals.days.model}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for source, model in models.items() %}
    select
        '{{ source }}' as source,
        max(time_zone) as time_zone
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as string) as source,
        cast(null as string) as time_zone
    {%- endfor %}
{%- endmacro %}


{#- Sources that are not read any more, as variable retired_sources declares; feeds say it themselves. -#}
{% macro retired_sources() -%}
    {%- for source, day in var('retired_sources').items() %}
    select
        '{{ source }}' as source,
        date '{{ day }}' as retired_on
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as string) as source,
        cast(null as date) as retired_on
    {%- endfor %}
{%- endmacro %}


{#- Whether a source's streams are feeds. -#}
{% macro is_source_of_feeds(source) -%}
    {%- set found = [] -%}
    {%- for name, contract in milepost.event_contracts().items() if contract.partition_streams == 'feeds' -%}
        {%- do found.append(name) -%}
    {%- endfor -%}
    {{ source }} in {{ milepost.texts(found) }}
{%- endmacro %}
