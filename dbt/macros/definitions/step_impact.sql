{#- What a person must have met to be eligible for a step, as a name: an e-mail, an e-mail with its call, an act. -#}
{% macro step_offer(population, micro_conversion, exposure) -%}
    case {{ population }}
        when 'persons' then 'after ' || {{ exposure }}
        when 'deliveries_with_call' then 'call of ' || {{ micro_conversion }}
        else {{ population }}
    end
{%- endmacro %}


{#- Steps taken before, in bands; each band is a stratum. -#}
{% macro engagement_band(steps) -%}
    case when {{ steps }} = 0 then 0 when {{ steps }} <= 2 then 1 when {{ steps }} <= 5 then 2 else 3 end
{%- endmacro %}
