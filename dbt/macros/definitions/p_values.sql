{#-
    Two-sided p-value of a standard normal `z` of at least 0, right to 2e-7: the complementary error function of Abramowitz & Stegun
    (1964), 7.1.26.
-#}
{% macro normal_p_value(z) -%}
    {%- set x = '(' ~ z ~ ' / sqrt(cast(2 as double)))' -%}
    {%- set t = '(1 / (1 + cast(0.3275911 as double) * ' ~ x ~ '))' -%}
    (
        {%- for factor in ['0.254829592', '-0.284496736', '1.421413741', '-1.453152027', '1.061405429'] %}
        {{ '+ ' if not loop.first }}cast({{ factor }} as double) * power({{ t }}, {{ loop.index }})
        {%- endfor %}
    ) * exp(-{{ x }} * {{ x }})
{%- endmacro %}


{#-
    The rows of `tests` (columns `key`, p_value) with their q_value over them all: Y. Benjamini & Y. Hochberg (1995), JRSS B
    57:289-300. What is equally extreme has the last place of them all.
-#}
{% macro q_values(tests, key) -%}
    select
        {{ key }},
        p_value,
        least(
            min(p_value * tests / place) over (order by p_value nulls last range between current row and unbounded following), 1
        ) as q_value
    from (
        select
            *,
            count(*) over () as tests,
            count(*) over (order by p_value nulls last range between unbounded preceding and current row) as place
        from {{ tests }}
    ) as placed_tests
{%- endmacro %}
