{#- How HubSpot writes times and lists. -#}


{#- A time of a property or of a record, ISO text or epoch milliseconds, to UTC; null when it is neither or implausible. -#}
{% macro hubspot_time(text) -%}
    {{ milepost.plausible_time(milepost.hubspot_instant(text)) }}
{%- endmacro %}


{#- The same of any time, such as one that is planned. -#}
{% macro hubspot_instant(text) -%}
    case
        when {{ milepost.text_fits(text, '^[0-9]{12,13}$') }}
            then {{ milepost.epoch_milliseconds(
                "cast(case when " ~ milepost.text_fits(text, '^[0-9]{12,13}$') ~ " then " ~ text ~ " end as bigint)"
            ) }}
        else {{ milepost.instant_to_utc(text) }}
    end
{%- endmacro %}


{#- An amount of a property; null when it is none, or larger than loading lets any amount be. -#}
{% macro hubspot_amount(text) -%}
    {%- set number = milepost.try_number(text, 'decimal(38, 10)') -%}
    cast(
        case
            when abs({{ number }}) < 1000000000000 then {{ number }}
        end as decimal(18, 4)
    )
{%- endmacro %}


{#-
    A row of `relation` for each item of its list of `length` items, with the item's place from 0 on as
    `positions.position`.

    As far as the longest list goes, so that nothing is cut: HubSpot documents a most for some lists only, as 250 merged
    contacts of one (https://legacydocs.hubspot.com/docs/faq/contact-and-form-limits) and 100 stages of a pipeline of deals
    (https://developers.hubspot.com/docs/api/crm/pipelines), and none for histories, changes and costs.
-#}
{% macro join_positions(relation, length) -%}
    inner join (
        select cast(numbers.number as integer) as position
        from {{ milepost.whole_numbers("(select coalesce(max(" ~ length ~ "), 0) - 1 from " ~ relation ~ ")") }} as numbers
    ) as positions
        on positions.position < {{ length }}
{%- endmacro %}


{#- How often a text stands in another one: the number of items of a list whose every item has it once. -#}
{% macro occurrences(text, part) -%}
    cast(
        (length(cast({{ text }} as string)) - length(replace(cast({{ text }} as string), '{{ part }}', ''))) / {{ part | length }}
        as integer
    )
{%- endmacro %}


{#- A part of an amount, to four decimals. -#}
{% macro part_of(amount, part, whole) -%}
    cast(round(cast({{ amount }} as double) * ({{ part }}) / ({{ whole }}), 4) as decimal(38, 4))
{%- endmacro %}
