{#-
    Spark computes a CTE again for each place that reads it, and plans it again: rounds that read each other would be
    planned thousands of times. A CTE that would be computed `most` times or more becomes a table of its own before the
    model does. Read from how models are written: names of CTEs and the brackets that close them begin their lines.
-#}
{% macro stages_of(code, most=4) -%}
    {%- set cte = "(?m)^(\\w+) as [(]\n((?:(?![)]).*\n)*)[)]" -%}
    {%- set parts = modules.re.findall(cte, code) -%}
    {%- set is_understood = parts and parts | length == modules.re.findall('(?m)^\\w+ as [(]', code) | length -%}
    {%- if not is_understood -%} {{ return({'tables': [], 'query': code}) }} {%- endif -%}
    {%- set tail = modules.re.split(cte, code)[-1] -%}
    {%- set kept = milepost.ctes_read_often(parts, tail, most) -%}
    {%- set tables = [] -%}
    {%- set before = [] -%}
    {%- for name, body in parts -%}
        {%- if name in kept -%}
            {%- set table = this.schema ~ '.' ~ this.identifier ~ '__' ~ name -%}
            {%- do tables.append({'table': table, 'query': milepost.with_ctes(before, 'select * from (' ~ body ~ '\n) as rows_of_stage')}) -%}
            {%- do before.append((name, 'select * from ' ~ table)) -%}
        {%- else -%} {%- do before.append((name, body)) -%} {%- endif -%}
    {%- endfor -%}
    {{ return({'tables': tables, 'query': milepost.with_ctes(before, tail)}) }}
{%- endmacro %}


{#- Names of the CTEs that would be computed `most` times or more, counted from the last one on; imports are read, not computed. -#}
{% macro ctes_read_often(parts, tail, most) -%}
    {%- set times = {} -%}
    {%- set kept = [] -%}
    {%- for name, body in parts | reverse -%}
        {%- set place = parts | length - loop.index -%}
        {%- set reference = '(?i)(?:from|join)\\s+' ~ name ~ '\\b' -%}
        {%- set count = namespace(times=modules.re.findall(reference, tail) | length) -%}
        {%- for reader, text in parts[place + 1:] -%}
            {%- set count.times = count.times + (modules.re.findall(reference, text) | length) * times[reader] -%}
        {%- endfor -%}
        {%- set is_import = modules.re.match('\\s*select [*] from [\\w.]+\\s*$', body) -%}
        {%- if count.times >= most and not is_import -%} {%- do kept.append(name) -%} {%- endif -%}
        {%- do times.update({name: 1 if name in kept else count.times}) -%}
    {%- endfor -%}
    {{ return(kept) }}
{%- endmacro %}


{% macro with_ctes(ctes, query) -%}
    {%- set texts = [] -%}
    {%- for name, body in ctes -%} {%- do texts.append(name ~ ' as (\n' ~ body ~ '\n)') -%} {%- endfor -%}
    {{ return(('with ' ~ texts | join(',\n') ~ '\n' if texts else '') ~ query) }}
{%- endmacro %}
