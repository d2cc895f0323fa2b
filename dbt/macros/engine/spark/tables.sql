{#- Parquet files cannot be changed, and a day's persons are in all of them: a build replaces every table. -#}
{% macro spark__has_incremental_builds() -%} {{ return(false) }} {%- endmacro %}
