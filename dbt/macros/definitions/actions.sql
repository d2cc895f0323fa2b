{#- 97.5 % quantile of the normal distribution. -#}
{% macro normal_quantile() -%} cast(1.959963984540054 as double) {%- endmacro %}


{#-
    Variance of a gain as it will be counted: conversions of `persons` persons less those there would have been anyway,
    both random, each with variance n p (1 - p).
-#}
{% macro variance_of_counts(persons, rate) -%}
    (2 * {{ persons }} * coalesce({{ rate }}, 0) * (1 - coalesce({{ rate }}, 0)))
{%- endmacro %}


{#-
    Persons per arm by which a test finds a change of a rate in four of five cases (domain F2):
    (z_0.975 + z_0.8)^2 (p (1 - p) + q (1 - q)) / (q - p)^2, rounded up; null where there is nothing to find.
-#}
{% macro sample_per_arm(rate, target) -%}
    case
        when {{ target }} <> {{ rate }}
            then cast(ceil(
                power({{ normal_quantile() }} + {{ var('action_test_power_quantile') }}, 2)
                * ({{ rate }} * (1 - {{ rate }}) + {{ target }} * (1 - {{ target }}))
                / power({{ target }} - {{ rate }}, 2)
            ) as bigint)
    end
{%- endmacro %}
