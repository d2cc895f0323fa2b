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


{#- From when an outcome is known; null where it is from the beginning of the data (see `int_outcome_watermarks`). -#}
{% macro outcome_known_from(outcome_type, outcome='any') -%}
    (
        select known_from from {{ ref('int_outcome_watermarks') }}
        where outcome_type = '{{ outcome_type }}' and outcome = '{{ outcome }}'
    )
{%- endmacro %}


{#- From when any of several micro-conversions is, of which each does: those that no source has reported are left out. -#}
{% macro outcomes_known_from(micro_conversions) -%}
    (
        select case when count(*) = count(known_from) then min(known_from) end
        from {{ ref('int_outcome_watermarks') }}
        where outcome_type = 'micro_conversion' and outcome in {{ milepost.texts(micro_conversions) }} and is_reported
    )
{%- endmacro %}


{#- From when nearly all of the acts are known that are one outcome together. -#}
{% macro outcome_complete_from(outcome_type, outcome='any') -%}
    (
        select complete_from from {{ ref('int_outcome_watermarks') }}
        where outcome_type = '{{ outcome_type }}' and outcome = '{{ outcome }}'
    )
{%- endmacro %}


{#- The latest of the instants from which several outcomes are known, any of which may be null. -#}
{% macro latest_begin(known_from, other_known_from) -%}
    greatest(coalesce({{ known_from }}, {{ other_known_from }}), coalesce({{ other_known_from }}, {{ known_from }}))
{%- endmacro %}


{#- Whether an outcome was known already at an instant: what happened before a source reported it shows nothing. -#}
{% macro is_after_begin(instant, known_from) -%}
    coalesce({{ instant }} >= {{ known_from }}, true)
{%- endmacro %}


{#-
    Whether an outcome was known from the instant at which something was exposed to it until the days in which it may be
    completed had passed.
-#}
{% macro exposure_is_mature(exposed_at, window_days, watermark_at, known_from) -%}
    (
        coalesce({{ plus_days(exposed_at, window_days) }} <= {{ watermark_at }}, false)
        and {{ milepost.is_after_begin(exposed_at, known_from) }}
    )
{%- endmacro %}


{#- Whether it will be, once those days have passed. -#}
{% macro exposure_is_immature(exposed_at, window_days, watermark_at, known_from) -%}
    (
        not coalesce({{ plus_days(exposed_at, window_days) }} <= {{ watermark_at }}, false)
        and {{ milepost.is_after_begin(exposed_at, known_from) }}
    )
{%- endmacro %}


{#- End of a day of a source's own time zone, in UTC. -#}
{% macro end_of_day(day, time_zone) -%}
    {{ to_utc(plus_days('cast(' ~ day ~ ' as timestamp)', 1), time_zone) }}
{%- endmacro %}


{#-
    The time zone of each account's days, where the contract of its source says which (`vendor_totals.days`), and the
    feed of its events. Properties are Google Analytics' accounts; other such sources have one.
-#}
{% macro time_zones_of_days() -%}
    {%- set models = {} -%}
    {%- for source, contract in milepost.event_contracts().items() -%}
        {%- if contract.vendor_totals != 'none' and contract.vendor_totals.days -%}
            {%- do models.update({source: contract.vendor_totals.days.model}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for source, model in models.items() %}
    {%- set has_accounts = source == 'google_analytics' %}
    select
        {{ milepost.ledger_name("'" ~ source ~ "'", 'account' if has_accounts else "''") }} as account,
        {{ 'max(feed)' if has_accounts else 'cast(null as string)' }} as feed,
        max(time_zone) as time_zone
    from {{ ref(model) }}
    {{ 'group by account' if has_accounts }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as string) as account,
        cast(null as string) as feed,
        cast(null as string) as time_zone
    {%- endfor %}
{%- endmacro %}


{#- Sources and accounts that are not read any more, as variable retired_sources declares; feeds say it themselves. -#}
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
