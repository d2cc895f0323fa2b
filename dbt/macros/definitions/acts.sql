{#- What counts towards sessions, journeys and paths: acts of a known person, done by no machine and not done to them. -#}
{% macro is_human_act(alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    ({{ prefix }}person_key is not null and not {{ prefix }}is_machine and {{ prefix }}is_person_action)
{%- endmacro %}


{#- One sortable value per event, in the order of a person's acts: instant, rank within it, event id. -#}
{% macro act_order(alias=none) -%}
    {{ return(adapter.dispatch('act_order', 'milepost')(alias ~ '.' if alias else '')) }}
{%- endmacro %}

{% macro default__act_order(prefix) -%}
    ({{ prefix }}occurred_at, {{ prefix }}event_rank, {{ prefix }}event_id)
{%- endmacro %}
