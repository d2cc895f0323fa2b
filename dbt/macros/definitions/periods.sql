{#- First day of the calendar week (Monday) or month an instant or day falls in. `grain` is 'week' or 'month'. -#}
{% macro period_start(grain, day) -%}
    cast(date_trunc('{{ grain }}', {{ day }}) as date)
{%- endmacro %}


{#- First day of the period `number` periods later. -#}
{% macro later_period(grain, start, number) -%}
    {{ return(adapter.dispatch('later_period', 'milepost')(grain, start, number)) }}
{%- endmacro %}

{% macro default__later_period(grain, start, number) -%}
    cast({{ start }} + cast({{ number }} as integer) * {{ "interval '7' day" if grain == 'week' else "interval '1' month" }} as date)
{%- endmacro %}


{#- Number of calendar periods from the first day of one to a day, not an earlier one, of another. -#}
{% macro periods_between(grain, start, later_day) -%}
    {{ return(adapter.dispatch('periods_between', 'milepost')(grain, start, later_day)) }}
{%- endmacro %}

{% macro default__periods_between(grain, start, later_day) -%}
    {%- if grain == 'week' -%}
    cast(floor(
        extract(day from cast({{ later_day }} as timestamp) - cast({{ start }} as timestamp)) / 7
    ) as bigint)
    {%- else -%}
    cast(
        12 * (extract(year from {{ later_day }}) - extract(year from {{ start }}))
        + extract(month from {{ later_day }}) - extract(month from {{ start }})
        as bigint
    )
    {%- endif -%}
{%- endmacro %}


{#- Rows 0, 1, … up to and including `last` (a scalar expression below 10,000; null gives none), in column `number`. -#}
{% macro whole_numbers(last) -%}
    {{ return(adapter.dispatch('whole_numbers', 'milepost')(last)) }}
{%- endmacro %}

{% macro default__whole_numbers(last) -%}
    {%- set digits = '(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))' -%}
    (
        select 1000 * thousands.digit + 100 * hundreds.digit + 10 * tens.digit + ones.digit as number
        from {{ digits }} as ones (digit)
        cross join {{ digits }} as tens (digit)
        cross join {{ digits }} as hundreds (digit)
        cross join {{ digits }} as thousands (digit)
        where 1000 * thousands.digit + 100 * hundreds.digit + 10 * tens.digit + ones.digit <= {{ last }}
    )
{%- endmacro %}
