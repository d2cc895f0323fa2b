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


{#- Visits completed so far, in bands that are narrow where one visit more says most; each band is a stratum. -#}
{% macro visit_band(visits) -%}
    case
        when {{ visits }} <= 4 then {{ visits }}
        when {{ visits }} <= 7 then 5
        when {{ visits }} <= 12 then 6
        else 7
    end
{%- endmacro %}
