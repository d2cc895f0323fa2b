{#- States that an absence shows, with the days after which each is true. -#}
{% macro absence_days() -%}
    {{ return({
        'opened_no_click': var('absence_opened_days'),
        'clicked_no_conversion': var('absence_clicked_days'),
        'cart_abandoned': var('absence_cart_days'),
        'ignored_emails': var('absence_ignored_days'),
    }) }}
{%- endmacro %}


{#- From and until when it is known of each state that what would have prevented or ended it did not happen. -#}
{% macro absence_watermarks() -%}
    select
        'opened_no_click' as state,
        {{ milepost.outcome_watermark('micro_conversion', 'email_click') }} as watermark_at,
        {{ milepost.outcome_known_from('micro_conversion', 'email_click') }} as known_from
    union all
    select
        'clicked_no_conversion',
        {{ milepost.outcome_watermark('macro_conversion') }},
        {{ milepost.outcome_known_from('macro_conversion') }}
    union all
    select
        'cart_abandoned',
        {{ milepost.outcome_watermark('macro_conversion') }},
        {{ milepost.outcome_known_from('macro_conversion') }}
    union all
    select
        'ignored_emails',
        least(
            {{ milepost.outcome_watermark('micro_conversion', 'email_open') }},
            {{ milepost.outcome_watermark('micro_conversion', 'email_click') }}
        ),
        {{ milepost.latest_begin(
            milepost.outcome_known_from('micro_conversion', 'email_open'),
            milepost.outcome_known_from('micro_conversion', 'email_click')
        ) }}
{%- endmacro %}
