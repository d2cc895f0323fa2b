{#-
    Whose rate a person counts in: value of `person_population`, which every report of rates over persons has in its grain.
    A rate is over those who were known when they became eligible for it, `is_known` of the event that made them so (see
    int_known_events); all others, also those identified later, are its device population. People become known by
    signing up or buying, and their earlier visits are theirs from then on: counting them as known all along would select
    those who did.
-#}
{% macro person_population(is_known) -%}
    case when {{ is_known }} then 'known' else 'device' end
{%- endmacro %}
