{#- When this command began: the time of a build in what records builds. -#}
{% macro build_began_at() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}


{#-
    Takes the rows of a build out of the ledger that ended before it recorded its partitions: this one finds the same
    changes once more.
-#}
{% macro forget_unfinished_changes(ledger) -%}
    {%- if execute and milepost.has_incremental_builds() and load_cached_relation(ledger) is not none and is_whole_build() -%}
        {%- set recorded = milepost.previous_relation('int_built_partitions') -%}
        {%- set columns = adapter.get_columns_in_relation(recorded) | map(attribute='name') | list if recorded else [] -%}
        {%- if not recorded -%}
            delete from {{ ledger }}
        {%- elif 'built_at' in columns -%}
            delete from {{ ledger }} where run_at > (select max(built_at) from {{ recorded }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
