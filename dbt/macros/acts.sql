{#- What counts towards sessions, journeys and paths: acts of a known person, done by no machine and not done to them. -#}
{% macro is_human_act(alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    ({{ prefix }}person_key is not null and not {{ prefix }}is_machine and {{ prefix }}is_person_action)
{%- endmacro %}


{#- One sortable number per event, in the order of a person's acts: instant, rank within it, event id. -#}
{% macro act_order(alias=none) -%}
    {{ return(adapter.dispatch('act_order', 'milepost')(alias ~ '.' if alias else '')) }}
{%- endmacro %}

{% macro duckdb__act_order(prefix) -%}
    (
        (epoch_us({{ prefix }}occurred_at)::hugeint << 70)
        + ({{ prefix }}event_rank::hugeint << 63)
        + {{ prefix }}event_id
    )
{%- endmacro %}


{#- Until when the data tells the truth: the latest instant any source reported, never the wall clock. -#}
{% macro data_watermark() -%}
    (select watermark_at from {{ ref('int_data_watermark') }})
{%- endmacro %}


{#- An instant moved by whole days. -#}
{% macro plus_days(instant, days) -%}
    {{ return(adapter.dispatch('plus_days', 'milepost')(instant, days)) }}
{%- endmacro %}

{% macro default__plus_days(instant, days) -%}
    ({{ instant }} + make_interval(0, 0, 0, {{ days }}))
{%- endmacro %}

{% macro duckdb__plus_days(instant, days) -%}
    ({{ instant }} + to_days(cast({{ days }} as integer)))
{%- endmacro %}
