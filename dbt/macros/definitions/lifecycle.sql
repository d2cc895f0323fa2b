{#- Whether a report's row says anything, and if not why: value of columns `status` and `reason` of lifecycle reports. -#}
{% macro lifecycle_status(is_observable, mature, immature) -%}
    case
        when coalesce({{ is_observable }}, false) = false then 'not observable'
        when {{ mature }} > 0 then 'measured'
        when {{ immature }} > 0 then 'immature'
        else 'none yet'
    end
{%- endmacro %}


{#-
    Newcombe's hybrid score interval (domain F2) of the difference of two rates, from their Wilson bounds: `end` is 'lower'
    or 'upper'. Null where a rate is. R. G. Newcombe (1998), Statistics in Medicine 17:873-890, method 10.
-#}
{% macro newcombe_interval(successes, trials, other_successes, other_trials, end) -%}
    {%- set rate = '(' ~ successes ~ ' / cast(nullif(' ~ trials ~ ', 0) as double))' -%}
    {%- set other_rate = '(' ~ other_successes ~ ' / cast(nullif(' ~ other_trials ~ ', 0) as double))' -%}
    {%- set near, far = ('lower', 'upper') if end == 'lower' else ('upper', 'lower') -%}
    {{ rate }} - {{ other_rate }} {{ '-' if end == 'lower' else '+' }} sqrt(
        power({{ rate }} - ({{ milepost.wilson_interval(successes, trials, near) }}), 2)
        + power({{ other_rate }} - ({{ milepost.wilson_interval(other_successes, other_trials, far) }}), 2)
    )
{%- endmacro %}


{#- The flow of an automation's e-mail: the sequence it serves, else what its e-mails have in common. As rpt_send_times has it. -#}
{% macro automation_of(campaigns) -%}
    coalesce({{ campaigns }}.sequence_id, {{ campaigns }}.tags, {{ campaigns }}.campaign_key)
{%- endmacro %}
