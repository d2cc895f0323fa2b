{#- Text that sorts as the numbers would: nothing has to be counted over everybody. -#}
{% macro spark__identifier_node(order_by) -%}
    concat_ws(':', {{ order_by | join(', ') }})
{%- endmacro %}


{#- A hash needs no count of everybody. Of 260 million persons two share a key with a chance of 0.4 %, and then a test fails. -#}
{% macro spark__new_person_key(known) -%}
    {{ milepost.stable_key(['person_id']) }}
{%- endmacro %}
