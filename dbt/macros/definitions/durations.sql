{#-
    A duration in seconds as one of few: in whole minutes up to a day, in hours up to 90 days, in days beyond, rounded up.
    Millions of persons have as many durations to the second; curves over these few differ by less than anybody acts on.
-#}
{% macro duration_in_steps(seconds) -%}
    case
        when {{ seconds }} <= 86400 then 60 * ceil({{ seconds }} / 60)
        when {{ seconds }} <= 90 * 86400 then 3600 * ceil({{ seconds }} / 3600)
        else 86400 * ceil({{ seconds }} / 86400)
    end
{%- endmacro %}


{#- Seconds that an export gives as text, null for what a visit cannot last. -#}
{% macro plausible_seconds(text) -%}
    {%- set seconds = milepost.try_number(text, 'double') -%}
    case when {{ seconds }} between 0 and 86400 then {{ seconds }} end
{%- endmacro %}
