{#- Events that say nothing but which arm a person was given. -#}
{% macro is_assignment(event_name) -%}
    lower({{ event_name }}) in ('experiment_assigned', 'experiment_assignment', 'assigned', 'assignment')
{%- endmacro %}


{#- Days after the assignment by which a metric has come in: a click within three, whatever follows from it within two weeks. -#}
{% macro metric_horizon_days(metric) -%}
    case when {{ metric }} = 'human_click' then 3 else {{ var('experiment_outcome_days') }} end
{%- endmacro %}


{#- A campaign's goal as a metric; null for opens, which decide nothing: whose opens are seen depends on the mail client. -#}
{% macro goal_metric(goal) -%}
    case
        when {{ goal }} = 'email_click' then 'human_click'
        when {{ goal }} not in ('email_open', 'repeat_email_open', 'promotional_offer_open') then cast({{ goal }} as string)
    end
{%- endmacro %}
