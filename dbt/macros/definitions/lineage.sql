{#-
    Every pair that a chain of pairs leads to, by at most `generations` of them: a relation `pairs` of columns `descendant`
    and `ancestor` gives rows of the same columns, those of `pairs` included. Without recursion, which not every engine
    has; a generic test holds the catalogue to the depth.
-#}
{% macro transitive_closure(pairs, descendant, ancestor, generations) -%}
    {%- for generation in range(1, generations + 1) %}
    {{ 'union' if not loop.first }}
    select
        pair_1.{{ descendant }},
        pair_{{ generation }}.{{ ancestor }}
    from {{ pairs }} as pair_1
    {%- for next in range(2, generation + 1) %}
    inner join {{ pairs }} as pair_{{ next }} on pair_{{ next - 1 }}.{{ ancestor }} = pair_{{ next }}.{{ descendant }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}
