{#- Consent as a source states it: `granted` or `denied`; null for any other word, which states nothing. -#}
{% macro consent(value) -%}
    case
        when lower({{ milepost.trimmed(value) }}) in ('granted', 'true', 'yes', '1', '1.0') then 'granted'
        when lower({{ milepost.trimmed(value) }}) in ('denied', 'false', 'no', '0', '0.0') then 'denied'
    end
{%- endmacro %}


{#-
    Whether a person refused to be analysed, by their row of int_person_consents: their events count in totals and belong to
    no person. Unknown consent is not a refusal, and marketing consent says only who may be written to.
-#}
{% macro refuses_analytics(consents) -%}
    coalesce({{ consents }}.analytics_consent = 'denied', false)
{%- endmacro %}
