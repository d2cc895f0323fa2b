{#- The first 64 bits, their bytes from the last to the first: both halves as numbers, shifted right by one together. -#}
{% macro spark__stable_key(parts) -%}
    {%- set digest -%}
    md5(concat_ws('|' {%- for part in parts %}, coalesce(cast({{ part }} as string), '') {%- endfor -%} ))
    {%- endset -%}
    (
        cast(conv({{ milepost.reversed_bytes(digest, [15, 13, 11, 9]) }}, 16, 10) as bigint) * 2147483648
        + cast(conv({{ milepost.reversed_bytes(digest, [7, 5, 3, 1]) }}, 16, 10) as bigint) div 2
    )
{%- endmacro %}


{% macro reversed_bytes(digest, places) -%}
    concat({% for place in places %}substring({{ digest }}, {{ place }}, 2){{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}


{#- As DuckDB does, in whose files the ids of events are made alike. -#}
{% macro spark__instant_text(value) -%}
    concat(cast({{ value }} as string), '+00')
{%- endmacro %}


{#- Spark turns to an exponent from ten million on and below a thousandth, DuckDB from 10 to the 16th and a ten-thousandth. -#}
{% macro spark__number_text(value) -%}
    {%- set plain = 'cast(cast(cast(' ~ value ~ ' as string) as decimal(38, 20)) as string)' -%}
    case
        when {{ value }} <> 0 and (abs({{ value }}) < 0.001 or abs({{ value }}) >= 10000000)
            and abs({{ value }}) >= 0.0001 and abs({{ value }}) < 10000000000000000
            then regexp_replace(regexp_replace({{ plain }}, '0+$', ''), '[.]$', '.0')
        else cast({{ value }} as string)
    end
{%- endmacro %}
