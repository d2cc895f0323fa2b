{#- Share of deliveries opened by a person, if the proxied open at `rate`, the rate of those without the proxy.
    Of the proxied, those who clicked are known openers, which is the least it can be. -#}
{% macro open_rate_estimate(rate) -%}
    ({{ rate }} * unproxied_share + greatest(known_share, {{ rate }} * (1 - unproxied_share)))
{%- endmacro %}
