{#-
    Whether the span that a claim names holds: supported where the interval overlaps it and excludes the value at which
    there would be nothing to it, contradicted where it lies wholly outside. A span with one end is an order: the whole
    interval must lie on its side.
-#}
{% macro claim_verdict(lower, upper, span_low, span_high, nothing_at) -%}
    case
        when {{ upper }} < {{ span_low }} or {{ lower }} > {{ span_high }} then 'contradicted'
        when {{ span_low }} is null and {{ upper }} <= {{ span_high }} then 'supported'
        when {{ span_high }} is null and {{ lower }} >= {{ span_low }} then 'supported'
        when
            {{ lower }} <= {{ span_high }} and {{ upper }} >= {{ span_low }}
            and coalesce({{ lower }} > {{ nothing_at }}, true)
            then 'supported'
        else 'insufficient'
    end
{%- endmacro %}
