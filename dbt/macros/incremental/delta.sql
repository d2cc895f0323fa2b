{#-
    Rows of the affected persons of a store built earlier in the same run: all of it in a full build. What is computed
    person by person reads its input through this; what is counted over everybody reads the store by `ref`.
-#}
{% macro delta(name) -%}
    {%- set store = ref(name) -%}
    {{ return(store if is_full_build() else api.Relation.create(
        database=target.database, schema='delta', identifier=name, type='table'
    )) }}
{%- endmacro %}


{#-
    Whether a raw row belongs to an affected person: one of its identifiers (kind to SQL expression) is affected, or it
    has none and stands in a changed partition. True of every row in a full build.
-#}
{% macro is_affected(identifiers, event_partition=none) -%}
    {%- set affected_identifiers = ref('int_affected_identifiers') -%}
    {%- set changes = ref('int_partition_changes') -%}
    {#- Known before any store is replaced, as they tell what is replaced. -#}
    {%- do ref('int_affected_persons') -%}
    {%- do ref('int_affected_clusters') -%}
    {%- do ref('int_affected_anonymous_events') -%}
    {%- do ref('int_previous_partition_sessions') -%}
    {%- if is_full_build() -%} true {%- else -%}
    (
        {%- for kind, expression in identifiers.items() %}
        {{ 'or ' if not loop.first }}{{ expression }} in (
            select identifier from {{ affected_identifiers }} where identifier_kind = '{{ kind }}'
        )
        {%- endfor %}
        {%- if event_partition %}
        or (
            coalesce({{ identifiers.values() | join(', ') }}) is null
            and {{ event_partition }} in (select event_partition from {{ changes }})
        )
        {%- endif %}
    )
    {%- endif -%}
{%- endmacro %}


{#- Whether a row stands in a partition that changed since the last build; true of every row in a full build. -#}
{% macro is_in_changed_partition(event_partition) -%}
    {%- set changes = ref('int_partition_changes') -%}
    {%- if is_full_build() -%} true {%- else -%}
    {{ event_partition }} in (select event_partition from {{ changes }})
    {%- endif -%}
{%- endmacro %}


{#-
    The rows of what is affected give way to those that `compiled_code` selects, which stay at hand for the models
    downstream (see `affected`). `unique_key` says by which columns rows are told affected; rows of nobody by their
    event; without one, rows are only added. New rows go to the end in the given order, so that every person's rows stay
    together and in order.
-#}
{% macro replace_affected(target_relation, compiled_code, unique_key) -%}
    {%- set keys = unique_key if unique_key is not string else [unique_key] -%}
    {%- set replaced = {
        'person_key': 'int_affected_persons',
        'cluster_id': 'int_affected_clusters',
        'event_id': 'int_affected_anonymous_events',
        'event_partition': 'int_partition_changes',
    } -%}
    create or replace table delta.{{ target_relation.identifier }} as (
        {{ compiled_code }}
    );
    {% for key in keys %}
    delete from {{ target_relation }}
    where {{ key }} in (select {{ key }} from intermediate.{{ replaced[key] }});
    {% endfor %}
    insert into {{ target_relation }} by name
    select * from delta.{{ target_relation.identifier }};
{%- endmacro %}


{#- Sum of amounts with the same last digit whatever the order: floating-point sums depend on it. -#}
{% macro exact_sum(amount) -%}
    cast(sum(cast({{ amount }} as decimal(38, 6))) as double)
{%- endmacro %}
