{#-
    What identifies no one: values of seed placeholder_ids, as they stand and digested as a contact key, a merge tag that
    was not replaced, and what is left of a number that a spreadsheet has written as 1.76E+09. `identifiers` are expressions by name. Joins of relation
    `placeholders` (int_placeholder_identifiers) for `known_identifier`, which wants the same names.
-#}
{% macro join_placeholders(identifiers) -%}
    {%- for name, expression in identifiers.items() %}
    left join placeholders as placeholder_of_{{ name }} on lower({{ milepost.trimmed(expression) }}) = placeholder_of_{{ name }}.identifier
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


{#- A user id of an event file: with the namespace that its feed states, as another shop numbers its own users alike. -#}
{% macro user_of_feed(user_namespace, user_id) -%}
    case when {{ user_namespace }} <> 'common' then {{ user_namespace }} || ':' else '' end || {{ user_id }}
{%- endmacro %}


{#- Whether an event is what became of an e-mail: it names whom the e-mail was sent to, not who is at the device. -#}
{% macro is_email_event(source, event_name) -%}
    coalesce({{ milepost.email_role(source, event_name) }} is not null, false)
{%- endmacro %}


{#-
    A number or a text for an identifier that is smaller the earlier it comes by `order_by`, expressions of which the last
    is unique and the others are equally long or end before they differ; `connected_components` takes it for a node.
-#}
{% macro identifier_node(order_by) -%}
    {{ return(adapter.dispatch('identifier_node', 'milepost')(order_by)) }}
{%- endmacro %}

{% macro default__identifier_node(order_by) -%}
    cast(row_number() over (order by {{ order_by | join(', ') }}) as integer)
{%- endmacro %}


{#- The key of a new person by their person_id: unique, and larger than those of relation `known` if there is one. -#}
{% macro new_person_key(known=none) -%}
    {{ return(adapter.dispatch('new_person_key', 'milepost')(known)) }}
{%- endmacro %}

{% macro default__new_person_key(known) -%}
    cast(
        row_number() over (order by person_id)
        {%- if known %} + (select coalesce(max(known.person_key), 0) from {{ known }} as known) {%- endif %}
        as integer
    )
{%- endmacro %}
