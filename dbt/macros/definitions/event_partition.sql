{#- Name of the partition a raw event came in: its source (with the feed, for files) and the source's own name for it. -#}
{% macro event_partition(source, partition, feed=none) -%}
    '{{ source }}|' || {{ feed ~ " || '|' || " if feed }}{{ partition }}
{%- endmacro %}
