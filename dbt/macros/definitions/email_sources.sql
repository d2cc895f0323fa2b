{#- What models read of the key `email` of the event contracts: the sources that send e-mail. -#}


{#- The e-mail sources with what each declares; on request only those with machine rules. -#}
{% macro email_contracts(with_machine_rules=false) -%}
    {%- set found = {} -%}
    {%- for source, contract in milepost.event_contracts().items() if contract.email != 'none' -%}
        {%- if not with_machine_rules or contract.machine_rules != 'none' -%}
            {%- do found.update({source: contract.email}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- The models that e-mail sources declare under `key`, by source. -#}
{% macro email_models(key) -%}
    {%- set found = {} -%}
    {%- for source, email in milepost.email_contracts().items() if email[key] != 'none' -%}
        {%- do found.update({source: email[key]}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Rows of all models that e-mail sources declare under `key`, with their source. -#}
{% macro union_of_email_models(key, columns) -%}
    {%- for source, model in milepost.email_models(key).items() %}
    select
        '{{ source }}' as source,
        {{ columns | join(', ') }}
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- What an event of a source is to its e-mail (`send`, `open`, …), whatever the source calls it; null for others. -#}
{% macro email_role(source, event_name) -%}
    case {{ source }}
        {%- for name, email in milepost.email_contracts().items() %}
        when '{{ name }}' then {{ milepost.email_role_in(email, event_name) }}
        {%- endfor %}
    end
{%- endmacro %}


{#- The same of events of one source, whose contract is `email`. -#}
{% macro email_role_in(email, event_name) -%}
    case
        {%- for role, names in email.events.items() %}
        when {{ event_name }} in {{ milepost.texts(names) }} then '{{ role }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- All names that e-mail sources have for a role. -#}
{% macro email_event_names(role) -%}
    {%- set found = [] -%}
    {%- for email in milepost.email_contracts().values() -%}
        {%- do found.extend(email.events.get(role, [])) -%}
    {%- endfor -%}
    {{ milepost.texts(found | unique | sort) }}
{%- endmacro %}
