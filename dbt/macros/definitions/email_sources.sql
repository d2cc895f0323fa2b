{#- What models read of the key `email` of the event contracts: the sources that send e-mail. -#}


{#- The e-mail sources with what each declares. -#}
{% macro email_contracts() -%}
    {%- set found = {} -%}
    {%- for source, contract in milepost.event_contracts().items() if contract.email != 'none' -%}
        {%- do found.update({source: contract.email}) -%}
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


{#- What an event of an e-mail source says of the machine that may have made it: column `agent`, `ip_address` or
    `is_machine`. -#}
{% macro machine_evidence(email, column) -%}
    {%- if email.machine_evidence == 'columns' -%} {{ column }}
    {%- elif email.machine_evidence == 'properties' -%} {{ milepost.json_text('properties', "'" ~ column ~ "'") }}
    {%- else -%} cast(null as string)
    {%- endif -%}
{%- endmacro %}


{#- Whether a source says of an open that a person made it, so that nothing need tell what loaded the images. -#}
{% macro vouches_for_opens(source, email) -%}
    {%- if source in milepost.open_evidence_models() -%} coalesce(opens_observable = 'yes', false)
    {%- else -%} {{ email.machine_evidence == 'none' and email.opens_observable == 'yes' }}
    {%- endif -%}
{%- endmacro %}


{#- The models of the sources whose feeds or rows say whether opens can be observed, by source. -#}
{% macro open_evidence_models() -%}
    {%- set found = {} -%}
    {%- for source, email in milepost.email_contracts().items()
        if email.opens_observable not in ('yes', 'no', 'unknown') -%}
        {%- do found.update({source: email.opens_observable}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Whether opens of a source can be observed, as its contract says; null where its feeds or rows say it. -#}
{% macro declared_opens_observable(source) -%}
    case {{ source }}
        {%- for name, email in milepost.email_contracts().items() if name not in milepost.open_evidence_models() %}
        when '{{ name }}' then '{{ email.opens_observable if email.events.open else 'no' }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- What the recipients of e-mails are sliced by: `flow`, or `campaign` for all other kinds of campaigns. -#}
{% macro flow_or_campaign(kind) -%}
    case when {{ kind }} = 'flow' then 'flow' else 'campaign' end
{%- endmacro %}


{#- All names that e-mail sources have for a role. -#}
{% macro email_event_names(role) -%}
    {%- set found = [] -%}
    {%- for email in milepost.email_contracts().values() -%}
        {%- do found.extend(email.events.get(role, [])) -%}
    {%- endfor -%}
    {{ milepost.texts(found | unique | sort) }}
{%- endmacro %}


{#- Forwards that vendors count by campaign, without persons: a row per source that does. -#}
{% macro reported_forwards() -%}
    select
        cast(null as string) as source,
        cast(0 as bigint) as campaigns,
        cast(0 as bigint) as forwards
    {%- for source, contract in milepost.event_contracts().items()
        if contract.vendor_totals != 'none' and contract.vendor_totals.campaigns
        and contract.vendor_totals.campaigns.forwards %}
    union all
    select
        '{{ source }}',
        count({{ contract.vendor_totals.campaigns.forwards }}),
        cast(coalesce(sum({{ contract.vendor_totals.campaigns.forwards }}), 0) as bigint)
    from {{ ref(contract.vendor_totals.campaigns.model) }}
    {%- endfor %}
{%- endmacro %}
