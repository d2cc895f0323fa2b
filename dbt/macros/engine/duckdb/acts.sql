{#- One wide number, which `min_by` compares in three quarters of the processor time of three values. -#}
{% macro duckdb__act_order(prefix) -%}
    (
        (epoch_us({{ prefix }}occurred_at)::hugeint << 70)
        + ({{ prefix }}event_rank::hugeint << 63)
        + {{ prefix }}event_id
    )
{%- endmacro %}
