{#- Spark's own trims the blank of a keyboard alone. -#}
{% macro spark__trimmed(text) -%}
    trim(both ' \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000' from {{ text }})
{%- endmacro %}


{% macro spark__displayed_length(text) -%}
    regexp_count({{ text }}, '\\X')
{%- endmacro %}


{% macro spark__text_fits(text, pattern) -%}
    ({{ text }} rlike '{{ milepost.java_pattern(pattern) }}')
{%- endmacro %}


{% macro spark__text_match(text, pattern, group) -%}
    nullif(regexp_extract({{ text }}, '{{ milepost.java_pattern(pattern) }}', {{ group }}), '')
{%- endmacro %}


{% macro spark__words_of(text) -%}
    regexp_extract_all(lower({{ text }}), '[\\p{L}\\p{M}\\p{N}]+', 0)
{%- endmacro %}


{#-
    A regular expression of RE2 as Java's, in a literal. Java knows no [[:space:]], takes `[` and `&&` within brackets for
    sets of sets, lets `$` match before a last line break and `.` no Unicode line break, and ignores the case of ASCII
    alone. None of that is an error: the pattern would match something else.
-#}
{% macro java_pattern(pattern) -%}
    {%- set classes = {'[:space:]': '\\\\s', '[:alpha:]': 'A-Za-z', '[:digit:]': '0-9', '[:alnum:]': 'A-Za-z0-9'} -%}
    {%- set state = namespace(in_brackets=false, at=0, skip=0) -%}
    {%- set out = ['(?d)'] -%}
    {%- for letter in pattern -%}
        {%- set place = loop.index0 -%}
        {%- if state.skip > 0 -%} {%- set state.skip = state.skip - 1 -%}
        {%- elif letter == '\\' -%}
            {%- do out.append('\\\\' ~ pattern[place + 1]) -%} {%- set state.skip = 1 -%}
        {%- elif state.in_brackets -%}
            {%- set class = pattern[place:].split(':]')[0] ~ ':]' if pattern[place:place + 2] == '[:' else '' -%}
            {%- if class -%}
                {%- do out.append(classes[class]) -%} {%- set state.skip = class | length - 1 -%}
            {%- elif letter == ']' and place > state.at -%}
                {%- do out.append(letter) -%} {%- set state.in_brackets = false -%}
            {%- else -%} {%- do out.append('\\\\' ~ letter if letter in '[]&' else letter) -%} {%- endif -%}
        {%- elif letter == '[' -%}
            {%- set state.in_brackets = true -%}
            {%- set is_negated = pattern[place + 1] == '^' -%}
            {%- set state.at = place + (2 if is_negated else 1) -%}
            {%- do out.append('[^' if is_negated else '[') -%} {%- set state.skip = 1 if is_negated else 0 -%}
        {%- elif letter == '$' -%} {%- do out.append('\\\\z') -%}
        {%- else -%} {%- do out.append(letter) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(out | join | replace('(?i)', '(?iu)')) }}
{%- endmacro %}
