{#- A table of an earlier build, without a dependency on the model that makes it; none when there is none. -#}
{% macro previous_relation(name, schema='intermediate') -%}
    {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=name) if execute) }}
{%- endmacro %}


{#-
    The same as something to select from. Without an earlier build it is an empty table of these columns; in a full
    build, too, as that may follow another version's, unless its columns never change (`is_lasting`).
-#}
{% macro previous_build(name, columns, schema='intermediate', is_lasting=false) -%}
    {%- set relation = milepost.previous_relation(name, schema) if is_lasting or not milepost.is_full_build() -%}
    {%- if relation -%} {{ return(relation) }} {%- endif -%}
    (select
        {%- for column, type in columns.items() %} cast(null as {{ type }}) as {{ column }}{{ ',' if not loop.last }}{% endfor %}
    where false)
{%- endmacro %}
