{#- Events that say nothing but which arm a person was given. -#}
{% macro is_assignment(event_name) -%}
    lower({{ event_name }}) in ('experiment_assigned', 'experiment_assignment', 'assigned', 'assignment')
{%- endmacro %}


{#-
    Days after the assignment by which a metric has come in: a click within three, whatever follows from it within two weeks;
    fewer where earlier mailings took fewer (`int_experiment_horizons`).
-#}
{% macro metric_horizon_days(metric) -%}
    case when {{ metric }} = 'human_click' then 3 else {{ var('experiment_outcome_days') }} end
{%- endmacro %}


{#-
    Days below which no horizon falls, however quick earlier mailings were: a day has every hour at which people read, a week
    every weekday on which they buy.
-#}
{% macro shortest_horizon_days(metric) -%}
    case when {{ metric }} = 'human_click' then 1 else {{ [7, var('experiment_outcome_days')] | min }} end
{%- endmacro %}


{#- The days of a metric of one experiment, by a joined row of `int_experiment_horizons` or none. -#}
{% macro metric_days(metric, horizons) -%}
    coalesce({{ horizons }}.horizon_days, {{ metric_horizon_days(metric) }})
{%- endmacro %}


{#- The type and the outcome of `int_outcome_watermarks` that say until when a metric is known. -#}
{% macro metric_outcome_type(metric) -%}
    case when {{ metric }} in ('conversion', 'net_revenue') then 'macro_conversion' else 'micro_conversion' end
{%- endmacro %}
{% macro metric_outcome(metric) -%}
    case
        when {{ metric }} in ('conversion', 'net_revenue') then 'any'
        when {{ metric }} = 'human_click' then 'email_click'
        else {{ metric }}
    end
{%- endmacro %}


{#- Metrics that decide nothing: opens, as whose opens are seen depends on the mail client, and steps away (unsubscribes,
    complaints, bounces), of which the arm with more would win. -#}
{% macro cannot_decide(metric) -%}
    (
        {{ metric }} in ('email_open', 'repeat_email_open', 'promotional_offer_open')
        or {{ metric }} in (select micro_conversion from {{ ref('micro_conversion_types') }} where polarity = 'negative')
    )
{%- endmacro %}


{#- A campaign's goal as a metric; null for what cannot decide. -#}
{% macro goal_metric(goal) -%}
    case
        when {{ goal }} = 'email_click' then 'human_click'
        when {{ cannot_decide(goal) }} then cast(null as string)
        else cast({{ goal }} as string)
    end
{%- endmacro %}
