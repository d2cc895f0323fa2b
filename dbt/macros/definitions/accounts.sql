{#-
    Several accounts of one source: partitions of another account than the first one begin with its name and a slash,
    and so do ids that mean something within their account only.
-#}


{#- The account's name, empty for the first one. -#}
{% macro account_of(partition='_partition') -%}
    case when {{ partition }} like '%/%' then split_part({{ partition }}, '/', 1) else '' end
{%- endmacro %}


{#- What ids of the account begin with: nothing for the first one. -#}
{% macro account_prefix(partition='_partition') -%}
    case when {{ partition }} like '%/%' then split_part({{ partition }}, '/', 1) || '/' else '' end
{%- endmacro %}


{#- A whole number of the vendor as an id that no other account has; null for what is none. -#}
{% macro account_number(number, partition='_partition') -%}
    {{ milepost.account_prefix(partition) }} || cast({{ milepost.try_number(number, 'bigint') }} as string)
{%- endmacro %}


{#- The day that a partition is, of whichever account; null for others, such as files in a folder of a day. -#}
{% macro partition_day(partition='_partition') -%}
    {%- set day -%}
        case
            when {{ partition }} like '%/%/%' then null
            when {{ partition }} like '%/%' then split_part({{ partition }}, '/', 2)
            else {{ partition }}
        end
    {%- endset -%}
    {{ milepost.try_date(day) }}
{%- endmacro %}


{#- The source that a row of the ledgers is of, whichever of its accounts. -#}
{% macro source_of_ledger(source='source') -%}
    split_part({{ source }}, '__', 1)
{%- endmacro %}


{#- The account that a campaign is of; feeds have none. -#}
{% macro account_of_campaign(source, campaign_key) -%}
    case
        when {{ milepost.is_source_of_feeds(source) }} then ''
        when {{ campaign_key }} like '%/%' then split_part({{ campaign_key }}, '/', 1)
        else ''
    end
{%- endmacro %}


{#- An account, whose name may be empty, as the ledgers and the landing zone name it. -#}
{% macro ledger_name(source, account) -%}
    {{ source }} || case when {{ account }} <> '' then '__' || {{ account }} else '' end
{%- endmacro %}


{#- An id of an account, whose name may be empty, as no other account has it. -#}
{% macro account_id(account, id) -%}
    case when {{ account }} = '' then '' else {{ account }} || '/' end || cast({{ id }} as string)
{%- endmacro %}


{#- A property of Google Analytics that is not the first one; its orders, and its ids below, are named by its number. -#}
{% macro property_feed() -%}
    case when _partition like '%/%' then property_id end
{%- endmacro %}


{#- What its ids of browsers begin with, as in the export of several properties. -#}
{% macro property_prefix() -%}
    case when _partition like '%/%' then property_id || '/' else '' end
{%- endmacro %}
