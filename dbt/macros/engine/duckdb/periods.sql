{% macro duckdb__periods_between(grain, start, later_day) -%}
    date_diff('{{ grain }}', {{ start }}, {{ later_day }})
{%- endmacro %}


{% macro duckdb__whole_numbers(last) -%}
    (select unnest(range(0, {{ last }} + 1)) as number)
{%- endmacro %}
