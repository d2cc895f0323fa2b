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


{#- The columns of `int_action_candidates`, each as `values` has it, else null. -#}
{% macro action_candidate(values) -%}
    {%- set types = {
        'rule_id': 'string', 'level': 'string', 'subject': 'string', 'subject_name': 'string', 'campaign_key': 'string',
        'behaviour': 'string', 'insight': 'string', 'recommended_action': 'string', 'goal': 'string',
        'is_observable': 'boolean', 'not_observable_because': 'string', 'persons': 'bigint', 'to_mail': 'bigint',
        'metric': 'string', 'window_days': 'integer', 'evidence_persons': 'bigint', 'reached': 'bigint',
        'conversion_rate': 'double', 'target': 'double', 'target_basis': 'string', 'probability': 'double',
        'probability_upper': 'double', 'measured_by': 'string', 'difference': 'double', 'difference_lower': 'double',
        'difference_upper': 'double', 'bound': 'double', 'bound_upper': 'double', 'test_element': 'string',
        'test_arms': 'string', 'arrivals_a_day': 'double',
    } -%}
    {%- for name in values if name not in types -%}
        {%- do exceptions.raise_compiler_error('An action has no column ' ~ name ~ '.') -%}
    {%- endfor -%}
    {%- for name, type in types.items() %}
        cast({{ values.get(name, 'null') }} as {{ type }}) as {{ name }}
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
