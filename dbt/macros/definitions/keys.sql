{#- A stable 63-bit number for the given parts, alike on every engine: half of their MD5, its bytes from the last to the first. -#}
{% macro stable_key(parts) -%}
    {{ return(adapter.dispatch('stable_key', 'milepost')(parts)) }}
{%- endmacro %}

{#- 64 bits, shifted right by one: each hexadecimal digit counts half of its power of 16, the last one rounded down. -#}
{% macro default__stable_key(parts) -%}
    {%- set digest -%}
    md5(concat_ws('|' {%- for part in parts %}, coalesce(cast({{ part }} as string), '') {%- endfor -%} ))
    {%- endset -%}
    (
        {%- for byte in range(8) %}
        {%- for digit in range(2) %}
        {%- set value = "(position(substring(" ~ digest ~ ", " ~ (2 * byte + digit + 1) ~ ", 1) in '0123456789abcdef') - 1)" %}
        {%- set power = 2 * byte + 1 - digit %}
        {{ '+ ' if not (loop.first and byte == 0) }}
        {%- if power -%} {{ value }} * cast({{ (16 ** power / 2) | int }} as bigint)
        {%- else -%} cast(floor({{ value }} / 2) as bigint) {%- endif -%}
        {%- endfor %}
        {%- endfor %}
    )
{%- endmacro %}


{#- An instant with a zone as a part of a stable key: engines write its offset or leave it out. -#}
{% macro instant_text(value) -%}
    {{ return(adapter.dispatch('instant_text', 'milepost')(value)) }}
{%- endmacro %}

{% macro default__instant_text(value) -%}
    cast({{ value }} as string)
{%- endmacro %}


{#- A floating-point number as a part of a stable key: engines write large and small ones in several ways. -#}
{% macro number_text(value) -%}
    {{ return(adapter.dispatch('number_text', 'milepost')(value)) }}
{%- endmacro %}

{% macro default__number_text(value) -%}
    cast({{ value }} as string)
{%- endmacro %}


{#-
    A stable number for two that are stable keys already: their exclusive or. Each is spread evenly over 63 bits, so
    theirs collides no more often than a hash of the two, which costs 1 µs a row against 0.01.
-#}
{% macro key_of_two(one, other) -%}
    {{ return(adapter.dispatch('key_of_two', 'milepost')(one, other)) }}
{%- endmacro %}

{#- The bits that either has but not both, without an operator for it, which engines write differently. -#}
{% macro default__key_of_two(one, other) -%}
    ((coalesce({{ one }}, 0) | coalesce({{ other }}, 0)) - (coalesce({{ one }}, 0) & coalesce({{ other }}, 0)))
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


{#- Whether bit number `bit` of a bit mask is set; plain arithmetic, alike on every engine. -#}
{% macro has_bit(mask, bit) -%}
    mod(floor({{ mask }} / power(2, {{ bit }})), 2) = 1
{%- endmacro %}


{#- One of the keys made of the installation secret (dagster_project/raw/secret.py): data, never part of a statement. -#}
{% macro digest_key(name) -%}
    (select digest_keys.{{ name }} from {{ source('pii', 'digest_keys') }} as digest_keys)
{%- endmacro %}


{#-
    A stable key, as above, for parts of which one identifies a person or a device: keyed, as anyone with a list of
    identifiers could compute it otherwise, and find their rows in what is published.
-#}
{% macro keyed_id(parts) -%}
    {{ milepost.stable_key([milepost.digest_key('id_key')] + parts) }}
{%- endmacro %}


{#- The id of an e-mail at one recipient address. -#}
{% macro email_send_id(alias) -%}
    {{ milepost.keyed_id([milepost.recipient(alias), alias ~ '.email_id']) }}
{%- endmacro %}


{#- Whom an e-mail was sent to: the key of the address, or where a file has none, the user. -#}
{% macro recipient(alias) -%}
    coalesce({{ alias }}.contact_key, 'user ' || {{ alias }}.user_id)
{%- endmacro %}


{#- Whether an identifier of a person is that of an e-mail's recipient. -#}
{% macro is_recipient(identifier, alias) -%}
    {{ identifier }}.identifier_kind = case when {{ alias }}.contact_key is null then 'user_id' else 'contact_key' end
    and {{ identifier }}.identifier = coalesce({{ alias }}.contact_key, {{ alias }}.user_id)
{%- endmacro %}


{#-
    The id of the person whose smallest stable identifier stands in row `identifier` (domain F21). It is published: an
    HMAC by the pattern of RFC 2104, with keys of one block each, of which half is more than enough to tell persons apart.
-#}
{% macro person_id(identifier) -%}
    {%- set message = identifier ~ ".identifier_kind || ':' || " ~ identifier ~ ".identifier" -%}
    {%- set inner = milepost.sha256_hex(milepost.digest_key('inner_key') ~ " || " ~ message) -%}
    substring({{ milepost.sha256_hex(milepost.digest_key('outer_key') ~ " || " ~ inner) }}, 1, 32)
{%- endmacro %}


{#- The SHA-256 of a text, in lower-case hexadecimal digits. -#}
{% macro sha256_hex(text) -%}
    {{ return(adapter.dispatch('sha256_hex', 'milepost')(text)) }}
{%- endmacro %}

{% macro default__sha256_hex(text) -%}
    sha2({{ text }}, 256)
{%- endmacro %}


{#- A clicked link: the short link it is, else its address within its campaign; null without an address. -#}
{% macro link_key(bitlink, campaign_key, url) -%}
    coalesce({{ bitlink }}, 'link-' || md5(coalesce({{ campaign_key }}, '') || '|' || {{ url }}))
{%- endmacro %}
