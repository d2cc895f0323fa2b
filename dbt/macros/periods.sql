{#- First day of the calendar week (Monday) or month an instant or day falls in. `grain` is 'week' or 'month'. -#}
{% macro period_start(grain, day) -%}
    cast(date_trunc('{{ grain }}', {{ day }}) as date)
{%- endmacro %}


{#- First day of the period `number` periods later. -#}
{% macro later_period(grain, start, number) -%}
    {{ return(adapter.dispatch('later_period', 'milepost')(grain, start, number)) }}
{%- endmacro %}

{% macro default__later_period(grain, start, number) -%}
    {%- if grain == 'week' -%} date_add({{ start }}, cast(7 * ({{ number }}) as int))
    {%- else -%} add_months({{ start }}, cast({{ number }} as int)) {%- endif -%}
{%- endmacro %}

{% macro duckdb__later_period(grain, start, number) -%}
    cast({{ start }} + to_{{ grain }}s(cast({{ number }} as integer)) as date)
{%- endmacro %}


{#- Number of calendar periods from the start of one to the start of another. -#}
{% macro periods_between(grain, start, later_start) -%}
    {{ return(adapter.dispatch('periods_between', 'milepost')(grain, start, later_start)) }}
{%- endmacro %}

{% macro default__periods_between(grain, start, later_start) -%}
    {%- if grain == 'week' -%} cast(floor(datediff({{ later_start }}, {{ start }}) / 7) as bigint)
    {%- else -%} cast(months_between({{ later_start }}, {{ start }}) as bigint) {%- endif -%}
{%- endmacro %}

{% macro duckdb__periods_between(grain, start, later_start) -%}
    date_diff('{{ grain }}', {{ start }}, {{ later_start }})
{%- endmacro %}


{#- Rows 0, 1, … up to and including `last` (a scalar expression; null gives none), in column `number`. -#}
{% macro whole_numbers(last) -%}
    {{ return(adapter.dispatch('whole_numbers', 'milepost')(last)) }}
{%- endmacro %}

{% macro default__whole_numbers(last) -%}
    (select explode(sequence(0, {{ last }})) as number)
{%- endmacro %}

{% macro duckdb__whole_numbers(last) -%}
    (select unnest(range(0, {{ last }} + 1)) as number)
{%- endmacro %}
