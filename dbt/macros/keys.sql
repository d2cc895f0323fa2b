{#- A stable 63-bit number for the given parts: the upper end of their MD5, alike on every engine. -#}
{% macro stable_key(parts) -%}
    {{ return(adapter.dispatch('stable_key', 'milepost')(parts)) }}
{%- endmacro %}

{% macro duckdb__stable_key(parts) -%}
    cast(
        md5_number_upper(concat_ws('|'
            {%- for part in parts %}, coalesce(cast({{ part }} as varchar), '') {%- endfor -%}
        )) >> 1 as bigint
    )
{%- endmacro %}


{#-
    A stable number for two that are stable keys already: their exclusive or. Each is spread evenly over 63 bits, so
    theirs collides no more often than a hash of the two, which costs 1 µs a row against 0.01.
-#}
{% macro key_of_two(one, other) -%}
    {{ return(adapter.dispatch('key_of_two', 'milepost')(one, other)) }}
{%- endmacro %}

{% macro default__key_of_two(one, other) -%}
    (coalesce({{ one }}, 0) ^ coalesce({{ other }}, 0))
{%- endmacro %}

{% macro duckdb__key_of_two(one, other) -%}
    xor(coalesce({{ one }}, 0), coalesce({{ other }}, 0))
{%- endmacro %}


{#- The rows of a relation, only the latest of each key. -#}
{% macro latest_per_key(relation, keys, order_by='_extracted_at desc') -%}
    (
        select *
        from (
            select
                *,
                row_number() over (partition by {{ keys | join(', ') }} order by {{ order_by }}) as _rank
            from {{ relation }}
        ) as ranked
        where _rank = 1
    )
{%- endmacro %}


{#- Whether a value passes a test of a seed: `operator` is a column, so that a row can say which it wants. -#}
{% macro passes(value, operator, threshold) -%}
    case {{ operator }}
        when '>=' then try_cast({{ value }} as double) >= try_cast({{ threshold }} as double)
        when '<=' then try_cast({{ value }} as double) <= try_cast({{ threshold }} as double)
        when '<' then try_cast({{ value }} as double) < try_cast({{ threshold }} as double)
        when '=' then {{ value }} = {{ threshold }}
        when 'like' then {{ milepost.fits_glob('lower(' ~ value ~ ')', threshold) }}
    end
{%- endmacro %}


{#- Whether bit number `bit` of a bit mask is set; plain arithmetic, alike on every engine. -#}
{% macro has_bit(mask, bit) -%}
    mod(floor({{ mask }} / power(2, {{ bit }})), 2) = 1
{%- endmacro %}


{#- The id of the person whose smallest stable identifier stands in row `identifier` (domain F21). -#}
{% macro person_id(identifier) -%}
    md5({{ identifier }}.identifier_kind || ':' || {{ identifier }}.identifier)
{%- endmacro %}


{#- A clicked link: the short link it is, else its address within its campaign; null without an address. -#}
{% macro link_key(bitlink, campaign_key, url) -%}
    coalesce({{ bitlink }}, 'link-' || md5(coalesce({{ campaign_key }}, '') || '|' || {{ url }}))
{%- endmacro %}
