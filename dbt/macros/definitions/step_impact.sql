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


{#-
    Visits completed so far, in bands that are narrow where one visit more says most; each band is a stratum. With one band
    for 5 to 7 visits and one for 8 to 12, intervals of ten worlds of 20,000 persons held the truth in 86.4 %, with these in 88.3 % of the same ones.
-#}
{% macro visit_band(visits) -%}
    case
        when {{ visits }} <= 12 then {{ visits }}
        when {{ visits }} <= 16 then 13
        when {{ visits }} <= 24 then 14
        else 15
    end
{%- endmacro %}
