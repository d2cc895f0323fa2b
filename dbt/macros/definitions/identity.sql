{#-
    What identifies no one: values of seed placeholder_ids, as they stand and digested as a contact key, a merge tag that
    was not replaced, and what is left of a number that a spreadsheet has written as 1.76E+09. `identifiers` are expressions by name. Joins of relation
    `placeholders` (int_placeholder_identifiers) for `known_identifier`, which wants the same names.
-#}
{% macro join_placeholders(identifiers) -%}
    {%- for name, expression in identifiers.items() %}
    left join placeholders as placeholder_of_{{ name }} on lower(trim({{ expression }})) = placeholder_of_{{ name }}.identifier
    {%- endfor %}
{%- endmacro %}


{#- An identifier; null where it identifies no one. -#}
{% macro known_identifier(name, expression) -%}
    {%- set no_id = '^[[:space:]]*(?:[0-9]+(?:[.,][0-9]+)?[eE][+][0-9]+|' ~ var('merge_tag_pattern') ~ ')[[:space:]]*$' -%}
    case
        when
            placeholder_of_{{ name }}.identifier is null
            and coalesce({{ milepost.text_fits(expression, no_id) }}, false) = false
            then {{ milepost.clean_text(expression) }}
    end
{%- endmacro %}


{#- Whether an event is what became of an e-mail: it names whom the e-mail was sent to, not who is at the device. -#}
{% macro is_email_event(source, event_name) -%}
    coalesce({{ milepost.email_role(source, event_name) }} is not null, false)
{%- endmacro %}
