{#-
    The first `steps` steps of a path, followed by an ellipsis when the path goes on; null when it has fewer steps.
    So `a > b > …` are those who went on from b, and `a > b` those who stopped there.
-#}
{% macro path_pattern(path, path_length, steps) -%}
    {{ return(adapter.dispatch('path_pattern', 'milepost')(path, path_length, steps, var('path_separator'))) }}
{%- endmacro %}

{#- The separator is quoted in the regular expression, where `>` or `|` may mean something. -#}
{% macro default__path_pattern(path, path_length, steps, separator) -%}
    {%- set quoted_separator = '\\Q' ~ separator ~ '\\E' -%}
    case
        when {{ path_length }} = {{ steps }} then {{ path }}
        when {{ path_length }} > {{ steps }}
            then regexp_extract(
                {{ path }}, '^(.*?(?:{{ quoted_separator }}.*?){{ '{' ~ (steps - 1) ~ '}' }}){{ quoted_separator }}', 1
            ) || '{{ separator }}…'
    end
{%- endmacro %}


{#- The path itself, or of one with more steps than `path_first_steps` the pattern of so many. -#}
{% macro path_start(path, path_length) -%}
    case
        when {{ path_length }} <= {{ var('path_first_steps') }} then {{ path }}
        else {{ milepost.path_pattern(path, path_length, var('path_first_steps')) }}
    end
{%- endmacro %}


{#- How many steps a pattern names; the ellipsis does not count. -#}
{% macro path_steps(pattern) -%}
    {{ return(adapter.dispatch('path_steps', 'milepost')(pattern, var('path_separator'))) }}
{%- endmacro %}

{% macro default__path_steps(pattern, separator) -%}
    cast(
        (char_length({{ pattern }}) - char_length(replace({{ pattern }}, '{{ separator }}', ''))) / {{ separator | length }}
        + case when {{ pattern }} = '…' or {{ pattern }} like '%{{ separator }}…' then 0 else 1 end
        as bigint
    )
{%- endmacro %}


{#- How many persons a path of its own must have, given how many there are in all. -#}
{% macro path_minimum(persons) -%}
    greatest({{ var('path_minimum_persons') }}, ceil({{ persons }} * {{ var('path_minimum_share') }}))
{%- endmacro %}
