{#-
    Value of one parameter of an address, decoded once; null where it is empty. Templates write `&amp;` or `&#038;` for
    `&`, and some sites keep their parameters after the #. Of a parameter that stands twice the first with a value counts.
-#}
{% macro url_parameter(url, name) -%}
    {%- set value = milepost.text_match(url, '(?i)[?&#]' ~ milepost.ampersands() ~ name ~ '=([^&#]+)') -%}
    case
        when {{ url }} like '%+%' or {{ url }} like '%!%%' escape '!' then nullif({{ milepost.trimmed(milepost.url_decoded(value)) }}, '')
        else nullif({{ milepost.trimmed(value) }}, '')
    end
{%- endmacro %}


{#- The rest of an ampersand that a template has written as HTML, once or several times. -#}
{% macro ampersands() -%}
    (?:amp;|#0?38;)*
{%- endmacro %}


{#- A value as it was before it was written into an address; percent signs that encode no text stay. -#}
{% macro url_decoded(value) -%}
    {%- set tail = '%[89AB][0-9A-F]' -%}
    {%- set characters = [
        '[^%]', '%[2-7][0-9A-F]', '%(?:C[2-9A-F]|D[0-9A-F])' ~ tail,
        '%E0%[AB][0-9A-F]' ~ tail, '%E[1-9A-CEF]' ~ tail ~ tail, '%ED%[89][0-9A-F]' ~ tail,
        '%F0%[9AB][0-9A-F]' ~ tail ~ tail, '%F[1-3]' ~ tail ~ tail ~ tail, '%F4%8[0-9A-F]' ~ tail ~ tail,
    ] -%}
    case
        when {{ milepost.text_fits(value, '(?i)^(?:' ~ characters | join('|') ~ ')+$') }}
            then url_decode(replace({{ value }}, '+', ' '))
        else replace({{ value }}, '+', ' ')
    end
{%- endmacro %}


{#-
    What the click ids of ad networks say of the traffic that an address brought: `source` or `medium`; null without one.
    Facebook writes its id on every link out of it, paid or not.
-#}
{% macro click_id_traffic(url, part) -%}
    {%- set networks = [
        ('gclid|gbraid|wbraid', 'google', 'cpc'), ('dclid', 'google', 'cpm'), ('msclkid', 'bing', 'cpc'),
        ('fbclid', 'facebook', 'social'),
    ] -%}
    case
        {%- for names, source, medium in networks %}
        when {{ milepost.text_fits(url, '(?i)[?&#]' ~ milepost.ampersands() ~ '(?:' ~ names ~ ')=[^&#]') }}
            then '{{ source if part == 'source' else medium }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- A part of the traffic of an address that says nothing of its traffic but by a click id. -#}
{% macro traffic_of_click(url, part) -%}
    case
        when {% for name in ['clid', 'clkid', 'braid'] -%}
            {{ url }} like '%{{ name }}=%' or {{ url }} like '%{{ name | upper }}=%'{{ '' if loop.last else ' or ' }}
        {%- endfor %}
            then case
                when {{ milepost.text_fits(url, '(?i)[?&#]' ~ milepost.ampersands() ~ 'utm_(?:source|medium|campaign)=[^&#]') }}
                    then null
                else {{ milepost.click_id_traffic(url, part) }}
            end
    end
{%- endmacro %}
