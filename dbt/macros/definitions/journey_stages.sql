{#- Order of the journey stages; null for events that belong to none. -#}
{% macro journey_stage_rank(stage) -%}
    case {{ stage }}
        when 'awareness' then 1
        when 'consideration' then 2
        when 'decision' then 3
        when 'customer' then 4
        when 'advocacy' then 5
    end
{%- endmacro %}


{#-
    Stage a person enters by an act: the catalogue's, but a macro-conversion of the decision stage makes a customer, and
    an act of advocacy makes an advocate of customers only: before the first macro-conversion it enters no stage.
-#}
{% macro entered_stage(journey_stage, is_macro, is_before_conversion) -%}
    case
        when {{ is_macro }} and {{ journey_stage }} = 'decision' then 'customer'
        when {{ is_before_conversion }} and not {{ is_macro }} and {{ journey_stage }} = 'advocacy' then null
        else {{ journey_stage }}
    end
{%- endmacro %}


{#- Leaving the list, which ends what a person was on the way to. -#}
{% macro is_exit(micro_conversion) -%}
    {{ micro_conversion }} in ('unsubscribe', 'hard_bounce', 'spam_complaint')
{%- endmacro %}


{#- The stage of that rank. -#}
{% macro journey_stage_name(rank) -%}
    case {{ rank }}
        when 1 then 'awareness'
        when 2 then 'consideration'
        when 3 then 'decision'
        when 4 then 'customer'
        when 5 then 'advocacy'
    end
{%- endmacro %}
