{#-
    The delta of an incremental model built earlier in the same build: its rows of the affected persons, or all of it in a
    full build. What is computed person by person reads its input through this; what is counted over all persons reads the
    model by `ref`.
-#}
{% macro delta(name) -%}
    {%- set relation = ref(name) -%}
    {{ return(relation if is_full_build() else api.Relation.create(
        database=target.database, schema='delta', identifier=name, type='table'
    )) }}
{%- endmacro %}


{#-
    Whether a raw row belongs to an affected person: one of its identifiers (kind to SQL expression) is affected, or it
    has none and stands in a partition whose rows of this kind are replaced. True of every row in a full build.
-#}
{% macro is_affected(identifiers, event_partition=none) -%}
    {%- set affected_identifiers = ref('int_affected_identifiers') -%}
    {%- set affected_partitions = ref('int_affected_anonymous_partitions') -%}
    {#- Built before any incremental model, as they say which rows are replaced. -#}
    {%- do ref('int_affected_persons') -%}
    {%- do ref('int_affected_clusters') -%}
    {%- do ref('int_affected_anonymous_events') -%}
    {%- do ref('int_affected_sends_without_person') -%}
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
            and {{ event_partition }} in (select event_partition from {{ affected_partitions }})
        )
        {%- endif %}
    )
    {%- endif -%}
{%- endmacro %}


{#- Whether a row stands in a partition that changed since the last build; true of every row in a full build. -#}
{% macro is_in_changed_partition(event_partition) -%}
    {%- set changed_partitions = ref('int_partition_changes') -%}
    {%- if is_full_build() -%} true {%- else -%}
    {{ event_partition }} in (select event_partition from {{ changed_partitions }})
    {%- endif -%}
{%- endmacro %}


{#-
    Replace the rows of what is affected by those that `compiled_code` selects, and keep these as the model's delta for
    the models downstream (see `delta`). `unique_key` names the columns by which rows are affected; rows without a person
    are found by their event; without a key, rows are only added. New rows go to the end in the given order, so that
    every person's rows stay together and in order.
-#}
{% macro replace_affected(target_relation, compiled_code, unique_key) -%}
    {%- set keys = unique_key if unique_key is not string else [unique_key] -%}
    {%- set affected = {
        'person_key': 'int_affected_persons',
        'cluster_id': 'int_affected_clusters',
        'event_id': 'int_affected_anonymous_events',
        'email_send_id': 'int_affected_sends_without_person',
        'event_partition': 'int_partition_changes',
    } -%}
    {%- set delta_table = 'delta.' ~ target_relation.identifier -%}
    {{ milepost.replace_table_as(delta_table, compiled_code) }};
    {% for key in keys %}
    delete from {{ target_relation }}
    where {{ key }} in (select {{ key }} from intermediate.{{ affected[key] }});
    {% endfor %}
    {{ milepost.append_rows(target_relation, delta_table) }};
{%- endmacro %}


{#- Sum of amounts with the same last digit whatever the order: floating-point sums depend on it. -#}
{% macro exact_sum(amount, digits=6) -%}
    cast(sum(cast({{ amount }} as decimal(38, {{ digits }}))) as double)
{%- endmacro %}
