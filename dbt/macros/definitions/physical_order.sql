{#-
    Physical order: every person's rows together, in the order occurred_at, event_rank, event_id; persons in any order, as
    an incremental run deletes the affected and appends them. Where an engine keeps it, its formulations read it instead
    of sorting (`is_physically_ordered`). The textbook sorts: an engine without such an order has none to violate.
-#}


{#- Persons of a relation whose rows are in more than one place; there should be none. -#}
{% macro persons_not_contiguous(acts) -%}
    {{ return(adapter.dispatch('persons_not_contiguous', 'milepost')(acts)) }}
{%- endmacro %}

{% macro default__persons_not_contiguous(acts) -%}
    select
        person_key,
        count(*) as places
    from {{ acts }}
    where 1 = 0
    group by person_key
{%- endmacro %}


{#- Acts of a relation that are stored before an act of the same person which they should follow; there should be none. -#}
{% macro acts_out_of_physical_order(acts) -%}
    {{ return(adapter.dispatch('acts_out_of_physical_order', 'milepost')(acts)) }}
{%- endmacro %}

{% macro default__acts_out_of_physical_order(acts) -%}
    select
        person_key,
        occurred_at,
        event_rank,
        event_id
    from {{ acts }}
    where 1 = 0
{%- endmacro %}
