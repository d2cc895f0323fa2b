{#- Days of a trial that its event states, from one day to ten years; else null. Variable `trial_days` stands for what is not stated. -#}
{% macro stated_trial_days(properties) -%}
    {%- set stated = milepost.try_number(milepost.json_text(properties, "'trial_days'"), 'integer') -%}
    case when {{ stated }} between 1 and 3650 then {{ stated }} end
{%- endmacro %}
