{#- States that an absence shows, with the days after which each is true. -#}
{% macro absence_days() -%}
    {{ return({
        'opened_no_click': var('absence_opened_days'),
        'clicked_no_conversion': var('absence_clicked_days'),
        'cart_abandoned': var('absence_cart_days'),
        'ignored_emails': var('absence_ignored_days'),
    }) }}
{%- endmacro %}
