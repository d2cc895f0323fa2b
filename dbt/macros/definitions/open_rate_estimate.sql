{#- Share of deliveries opened by a person, if the unobservable open at `rate`, the rate of the observable.
    Of the unobservable, those who were seen to open or click are known openers, which is the least it can be. -#}
{% macro open_rate_estimate(rate) -%}
    ({{ rate }} * observable_share + greatest(known_share, {{ rate }} * (1 - observable_share)))
{%- endmacro %}


{#- Whether the first open at `column` of an exposure came within the days in which it counts. -#}
{% macro opened_within(exposure, column, window_days) -%}
    coalesce({{ exposure }}.{{ column }} <= {{ milepost.plus_days(exposure ~ '.sent_at', window_days) }}, false)
{%- endmacro %}


{#- Whether the source of an e-mail reports opens at all: where it does not, who clicked is no count of opens as vendors
    publish it. -#}
{% macro are_opens_reported(reason) -%}
    coalesce({{ reason }}, '') <> 'plan_without_opens'
{%- endmacro %}


{#- Why opens of a recipient cannot be observed: the values of `opens_observable_reason`. -#}
{% macro unobservable_reasons() -%}
    {{ return([
        'privacy_proxy', 'open_tracking_refused', 'images_never_loaded', 'plan_without_opens', 'no_machine_evidence',
    ]) }}
{%- endmacro %}
