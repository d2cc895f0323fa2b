{% macro spark__list_as_text(list, separator) -%}
    array_join({{ list }}, '{{ separator }}')
{%- endmacro %}


{% macro spark__no_list_of_texts() -%}
    cast(null as array<string>)
{%- endmacro %}


{% macro spark__sorted_list(value) -%}
    sort_array(collect_list({{ value }}))
{%- endmacro %}


{% macro spark__joined_text(value, separator, order_by) -%}
    listagg({{ value }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}


{% macro spark__distinct_text(value, separator) -%}
    case when count({{ value }}) > 0 then array_join(sort_array(collect_set({{ value }})), '{{ separator }}') end
{%- endmacro %}
