{#- The landmark at which net revenue is compared; without its counts all rows of it would silently be gone. -#}
{% macro step_revenue_landmark() -%}
    {%- if var('step_revenue_landmark_days') not in var('step_landmark_days') -%}
        {{ exceptions.raise_compiler_error(
            'Variable step_revenue_landmark_days is ' ~ var('step_revenue_landmark_days') ~ ', which is not among '
            ~ 'step_landmark_days ' ~ var('step_landmark_days') ~ '; choose one of them.'
        ) }}
    {%- endif -%}
    {{ var('step_revenue_landmark_days') }}
{%- endmacro %}
