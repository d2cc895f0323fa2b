{#- A choice of the journey models: the project variable of that name, or its default. All choices stand here. -#}
{% macro journey_setting(name) -%}
    {%- set defaults = {
        'session_timeout_minutes': 30,
        'session_cap_hours': 24,
        'engaged_session_seconds': 10,
        'collapse_immediate_repeats': true,
        'path_separator': ' > ',
        'path_report_rows': 50,
        'path_minimum_persons': 5,
        'journey_maturity_days': 30,
        'longest_sequence_steps': 10,
        'macro_source_priority': [],
        'completion_window_days': 7,
        'benchmark_era': 'post_mpp',
        'benchmark_industries': ['all'],
        'benchmark_region': 'world',
        'benchmark_minimum_n': 100,
    } -%}
    {{ return(var(name, defaults[name])) }}
{%- endmacro %}
