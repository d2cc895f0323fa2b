{% macro duckdb__stable_key(parts) -%}
    cast(
        md5_number_upper(concat_ws('|'
            {%- for part in parts %}, coalesce(cast({{ part }} as varchar), '') {%- endfor -%}
        )) >> 1 as bigint
    )
{%- endmacro %}


{% macro duckdb__key_of_two(one, other) -%}
    xor(coalesce({{ one }}, 0), coalesce({{ other }}, 0))
{%- endmacro %}


{% macro duckdb__sha256_hex(text) -%}
    sha256({{ text }})
{%- endmacro %}
