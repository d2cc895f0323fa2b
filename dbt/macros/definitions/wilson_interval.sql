{#-
    Wilson's 95 % score interval of the rate `successes / trials` (domain F1): `end` is 'lower' or 'upper'. Null without
    trials or when a count is unknown. E. B. Wilson (1927), JASA 22:209-212.

    Rounding may push a bound past 0, 1 or the rate itself when the rate is 0 or 1, hence `greatest` and `least`.
-#}
{% macro wilson_interval(successes, trials, end) -%}
    {%- if end not in ('lower', 'upper') -%}
        {%- do exceptions.raise_compiler_error("wilson_interval: `end` is 'lower' or 'upper', not '" ~ end ~ "'.") -%}
    {%- endif -%}
    {#- The normal distribution's 97.5 % quantile, and its square. -#}
    {%- set z = 'cast(1.959963984540054 as double)' -%}
    {%- set z2 = 'cast(3.841458820694124 as double)' -%}
    {%- set n = 'cast(' ~ trials ~ ' as double)' -%}
    {%- set rate = '(' ~ successes ~ ' / ' ~ n ~ ')' -%}
    {%- set centre = '(' ~ rate ~ ' + ' ~ z2 ~ ' / (2 * ' ~ n ~ '))' -%}
    {%- set half_width -%}
    {{ z }} * sqrt({{ rate }} * (1 - {{ rate }}) / {{ n }} + {{ z2 }} / (4 * {{ n }} * {{ n }}))
    {%- endset -%}
    case
        when {{ trials }} > 0 and {{ successes }} is not null
            then {% if end == 'lower' -%}
            least(greatest(({{ centre }} - {{ half_width }}) / (1 + {{ z2 }} / {{ n }}), 0), {{ rate }})
            {%- else -%}
            greatest(least(({{ centre }} + {{ half_width }}) / (1 + {{ z2 }} / {{ n }}), 1), {{ rate }})
            {%- endif %}
    end
{%- endmacro %}


{#-
    Where a rate of `trials` stands against a band (domain F23): `below` or `above` only when its whole interval lies
    outside, `insufficient` under `benchmark_minimum_n` trials; null without a band.
-#}
{% macro benchmark_status(trials, lower, upper, band_lower, band_upper) -%}
    case
        when {{ band_lower }} is null or {{ band_upper }} is null then null
        when {{ trials }} < {{ var('benchmark_minimum_n') }} then 'insufficient'
        when {{ upper }} < {{ band_lower }} then 'below'
        when {{ lower }} > {{ band_upper }} then 'above'
        else 'within'
    end
{%- endmacro %}
