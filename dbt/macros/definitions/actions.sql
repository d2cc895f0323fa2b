{#- 97.5 % quantile of the normal distribution. -#}
{% macro normal_quantile() -%} cast(1.959963984540054 as double) {%- endmacro %}


{#-
    Variance of a gain as it will be counted: conversions of `persons` persons less those there would have been anyway,
    both random: n (p (1 - p) + q (1 - q)), where q is p and the gain for a person.
-#}
{% macro variance_of_counts(persons, rate, gain) -%}
    {%- set before = 'coalesce(' ~ rate ~ ', 0)' -%}
    {%- set after = 'least(greatest(' ~ before ~ ' + coalesce(' ~ gain ~ ', 0), 0), 1)' -%}
    ({{ persons }} * ({{ before }} * (1 - {{ before }}) + {{ after }} * (1 - {{ after }})))
{%- endmacro %}


{#-
    Persons per arm by which a test finds a change of a rate in four of five cases (domain F2):
    (z_0.975 + z_0.8)^2 (p (1 - p) + q (1 - q)) / (q - p)^2, rounded up; null where there is nothing to find: a target
    that rounding alone separates from the rate would take 1e32 persons, more than a number holds.
-#}
{% macro sample_per_arm(rate, target) -%}
    case
        when abs({{ target }} - {{ rate }}) > 0.000001
            then cast(ceil(
                power({{ normal_quantile() }} + {{ var('action_test_power_quantile') }}, 2)
                * ({{ rate }} * (1 - {{ rate }}) + {{ target }} * (1 - {{ target }}))
                / power({{ target }} - {{ rate }}, 2)
            ) as bigint)
    end
{%- endmacro %}


{#-
    Smallest difference in conversions per person that a holdout of half of `persons` finds in four of five cases (F2), at the
    conversion rate `rate`: (z_0.975 + z_0.8) sqrt(4 p (1 - p) / n).
-#}
{% macro detectable_difference(persons, rate) -%}
    ({{ normal_quantile() }} + {{ var('action_test_power_quantile') }}) * sqrt(4 * {{ rate }} * (1 - {{ rate }}) / {{ persons }})
{%- endmacro %}


{#- The columns of `int_action_candidates`, each as `values` has it, else null. -#}
{% macro action_candidate(values) -%}
    {%- set types = {
        'rule_id': 'string', 'level': 'string', 'subject': 'string', 'subject_name': 'string', 'campaign_key': 'string',
        'behaviour': 'string', 'insight': 'string', 'recommended_action': 'string', 'goal': 'string',
        'is_observable': 'boolean', 'not_observable_because': 'string', 'is_goal_observable': 'boolean', 'persons': 'bigint', 'mailable': 'bigint',
        'metric': 'string', 'window_days': 'integer', 'evidence_persons': 'bigint', 'reached': 'bigint',
        'conversion_rate': 'double', 'target': 'double', 'target_basis': 'string', 'probability': 'double',
        'probability_upper': 'double', 'measured_by': 'string', 'difference': 'double', 'difference_lower': 'double',
        'difference_upper': 'double', 'held_out_rate': 'double', 'holdout_found': 'string', 'bound': 'double', 'bound_upper': 'double', 'test_element': 'string',
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


{#-
    CTEs `overall`, `weights` and `upper_quartiles`: by the columns `by`, the upper quartile of the rates reached / persons of
    the rows of `groups`, each shrunk toward the rate of all (domain F8): (x + w p) / (n + w), w by moments (Kleinman 1973).
    Only of at least four rows that differ beyond chance: chi-squared over its 95 % quantile (Wilson and Hilferty 1931), as the
    upper quartile of rates that are the same but for chance is a target that nothing reaches.
-#}
{% macro shrunken_upper_quartiles(groups, by) -%}
overall as (

    select
        {{ by | join(', ') }},
        count(*) - 1 as freedom,
        cast(sum(persons) as double) as persons,
        sum(reached) / cast(sum(persons) as double) as rate,
        sum(persons) - sum(persons * persons) / cast(sum(persons) as double) - (count(*) - 1) as beyond_chance,
        {{ milepost.exact_sum('reached * cast(reached as double) / persons', 12) }} as sum_of_squares
    from {{ groups }}
    group by {{ by | join(', ') }}
    having count(*) >= {{ var('action_minimum_groups') }} and sum(reached) > 0 and sum(reached) < sum(persons)

),

weights as (

    select
        *,
        (sum_of_squares - persons * rate * rate) / (rate * (1 - rate)) as chi_squared
    from overall

),

upper_quartiles as (

    select
        {%- for name in by %}
        {{ groups }}.{{ name }},
        {%- endfor %}
        percentile_cont(0.75) within group (
            order by ({{ groups }}.reached + weights.rate * greatest(weights.beyond_chance / (weights.chi_squared - weights.freedom) - 1, 0))
            / ({{ groups }}.persons + greatest(weights.beyond_chance / (weights.chi_squared - weights.freedom) - 1, 0))
        ) as rate
    from {{ groups }}
    inner join weights on
        {%- for name in by %}
        {{ groups }}.{{ name }} = weights.{{ name }}{{ ' and' if not loop.last }}
        {%- endfor %}
    where weights.chi_squared > weights.freedom * power(
        1 - 2 / (9 * cast(weights.freedom as double)) + 1.6448536269514722 * sqrt(2 / (9 * cast(weights.freedom as double))), 3
    )
    group by {% for name in by %}{{ groups }}.{{ name }}{{ ', ' if not loop.last }}{% endfor %}

)
{%- endmacro %}
