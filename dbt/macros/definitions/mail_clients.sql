{#-
    What a vendor says of the mail client that opened an e-mail (its name, its system, its IP address and country) as
    a text with separators, as `name: value` pairs, as a list or as an object.
-#}


{#- The text with slashes unescaped, and the items of a list with separators between them. -#}
{% macro client_text(value) -%}
    {{ milepost.clean_text(
        "case when " ~ value ~ " like '[%' then translate(replace(replace(replace(" ~ value
        ~ ", 'null', ''), '\", \"', ';'), '\",\"', ';'), '[]\"' || chr(92), '   ') else replace(" ~ value
        ~ ", chr(92) || '/', '/') end"
    ) }}
{%- endmacro %}


{#- The value under one of `names` in an object or in pairs; of an object in it, its name, code or value. -#}
{% macro client_field(text, names) -%}
    {%- set start = '(?i)(?:^|[^a-z0-9_])(?:' ~ names | join('|') ~ ')[" ]*[:=] *(?:[{][^{}]*?"(?:name|code|value)" *: *)?' -%}
    coalesce(
        {{ milepost.text_match(text, start ~ '"([^"]+)"') }},
        {{ milepost.text_match(text, start ~ '([^"{};,|&]+)') }}
    )
{%- endmacro %}


{#- The IP address in a text, also one whose last number is hidden. What follows a slash is a version. -#}
{% macro client_ip_address(text) -%}
    {%- set four = '(?:[:]{2}[fF]{4}:)?[0-9]{1,3}(?:[.][0-9]{1,3}){2}[.](?:[0-9]{1,3}|[xX*]+)' -%}
    {%- set six = '(?:[0-9a-fA-F]{1,4}[:]){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}[:]){1,7}(?:[:][0-9a-fA-F]{1,4}){1,7}' -%}
    {%- set address = '(' ~ four ~ '|' ~ six ~ ')(?:$|[^0-9A-Za-z.])' -%}
    coalesce(
        {{ milepost.text_match(text, '(?:^|[;,|\\t\\n"=:(]) *' ~ address) }},
        {{ milepost.text_match(text, ' ' ~ address) }}
    )
{%- endmacro %}


{#- Whether a text is a word for nothing. -#}
{% macro names_nothing(text) -%}
    lower({{ text }}) in ('null', 'none', 'unknown', 'undefined', 'n/a')
{%- endmacro %}


{#- A text without the separators and words for nothing at its ends; null when no letter is left. -#}
{% macro without_separators(text) -%}
    {{ milepost.text_match(
        text,
        '^(?:[ ;,|/)\\t\\n"-]|(?i:unknown|undefined|null|none|n/a)(?:[ ;,|/\\t\\n]|$))*([^A-Za-z]*[A-Za-z].*?)[ ;,|/(\\t\\n"-]*$'
    ) }}
{%- endmacro %}


{#- Whether a text has a word that the names of mail clients, their engines or their systems have. -#}
{% macro names_a_client(text) -%}
    {{ milepost.text_fits(
        text,
        '(?i)mozilla|mail|outlook|thunderbird|iphone|ipad|android|windows|mac ?os|linux|chrome|safari|firefox|proxy|bot'
    ) }}
{%- endmacro %}


{#- Two letters as a field of their own at the start or the end of a text. -#}
{% macro country_at_start(text) -%}
    {{ milepost.text_match(text, '^[ ;,|)\\t\\n"-]*([A-Za-z]{2})(?:$|[ ;,|(\\t\\n"-])') }}
{%- endmacro %}

{% macro country_at_end(text) -%}
    {{ milepost.text_match(text, '(?:^|[;,|\\t\\n] *)([A-Z]{2})[ ;,|\\t\\n"-]*$') }}
{%- endmacro %}
