{#-
    What models read of the event contracts (see docs/event_contract.md): macro `event_contracts` is generated from the
    yml files of the models `stg_<source>__events`.
-#}


{#- The outside systems that give events. -#}
{% macro event_sources() -%}
    {{ return(milepost.event_contracts().keys() | list) }}
{%- endmacro %}


{#- The columns of every model of events. -#}
{% macro event_columns() -%}
    {{ return([
        'event_id', 'occurred_at', 'source', 'feed', 'event_name', 'contact_key', 'user_id', 'client_id',
        'ga_session_id', 'campaign_key', 'email_id', 'url', 'traffic_source', 'traffic_medium', 'traffic_campaign',
        'link_role', 'revenue', 'currency', 'order_id', 'order_status', 'experiment', 'variant', 'analytics_consent',
        'marketing_consent', 'device', 'country', 'engagement_seconds', 'event_count', 'properties', 'event_partition',
        'source_position', 'loaded_at',
    ]) }}
{%- endmacro %}


{#- The contracts of sources whose page views show where an e-mail click landed. -#}
{% macro landing_contracts() -%}
    {%- set found = {} -%}
    {%- for source, contract in milepost.event_contracts().items() if contract.landing_page_views != 'none' -%}
        {%- do found.update({source: contract}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- All names that these sources have for such page views. -#}
{% macro landing_page_view_names() -%}
    {%- set found = [] -%}
    {%- for contract in milepost.landing_contracts().values() -%}
        {%- do found.extend(contract.landing_page_views) -%}
    {%- endfor -%}
    {{ milepost.texts(found | unique | sort) }}
{%- endmacro %}


{#- Values as a list in SQL; one that nothing is in when there are none. -#}
{% macro texts(values) -%}
    ({% if values %}'{{ values | join("', '") }}'{% else %}null{% endif %})
{%- endmacro %}


{#- Name of the partition a load of `raw._loads` is, for the streams whose partitions bring events; null for others. -#}
{% macro event_partition_of_load(source, stream, partition) -%}
    case
        {%- for name, contract in milepost.event_contracts().items() %}
        {%- if contract.partition_streams == 'feeds' %}
        when {{ source }} = '{{ name }}' then {{ milepost.event_partition(name, partition, feed=stream) }}
        {%- else %}
        when {{ source }} = '{{ name }}' and {{ stream }} in {{ milepost.texts(contract.partition_streams) }}
            then {{ milepost.event_partition(name, partition) }}
        {%- endif %}
        {%- endfor %}
    end
{%- endmacro %}


{#- The kinds of identifier that a source declares. -#}
{% macro declared_identifier_kinds(contract) -%}
    {%- set kinds = [] -%}
    {%- for columns in contract.identifiers.values() -%}
        {%- do kinds.extend(columns.keys()) -%}
    {%- endfor -%}
    {{ return(kinds | unique | list) }}
{%- endmacro %}


{#-
    Whether an event that carries a pair of identifiers asserts that both are one person, as its source's contract
    says: always, or where the seed says that the person names themself by it.
-#}
{% macro is_declared_evidence(pair, source, is_self_identifying) -%}
    {%- set always = [] -%}
    {%- set by_kind = [] -%}
    {%- for name, contract in milepost.event_contracts().items() if contract.evidence != 'none' -%}
        {%- set evidence = contract.evidence.get(pair) -%}
        {%- do always.append(name) if evidence == 'declared' -%}
        {%- do by_kind.append(name) if evidence == 'event_kinds' -%}
    {%- endfor -%}
    coalesce(
        {{ source }} in {{ milepost.texts(always) }}
        or ({{ source }} in {{ milepost.texts(by_kind) }} and {{ is_self_identifying }}),
        false
    )
{%- endmacro %}


{#- On the start of a run: refuse to build with a macro that is not what the yml files declare. -#}
{% macro check_event_contracts() -%}
    {%- if execute -%}
        {%- set declared = {} -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name.startswith('stg_')
            and node.name.endswith('__events') -%}
            {%- if not node.config.meta.get('event_source') -%}
                {%- do exceptions.raise_compiler_error(
                    'Model ' ~ node.name ~ ' has no event contract: add config.meta.event_source to its yml file.'
                ) -%}
            {%- endif -%}
            {%- do declared.update({node.name[4:-8]: node.config.meta.event_source}) -%}
        {%- endfor -%}
        {%- if declared != milepost.event_contracts() -%}
            {%- do exceptions.raise_compiler_error(
                'The event contracts have changed since dbt/macros/generated/event_contracts.sql was written: run '
                ~ 'python -m dagster_project.runtime.event_contracts.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Rows of all models that sources declare under `data_quality`, with their source. -#}
{% macro union_of_data_quality_models() -%}
    {%- set models = {} -%}
    {%- for source, contract in milepost.event_contracts().items() if contract.data_quality != 'none' -%}
        {%- do models.update({source: contract.data_quality}) -%}
    {%- endfor -%}
    {%- for source, model in models.items() %}
    select
        indicator,
        '{{ source }}' as source,
        stream,
        day,
        affected,
        total,
        unit
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- The stages that deals go through, of all sources that declare any. -#}
{% macro deal_stages() -%}
    {%- set models = milepost.event_contracts().values() | map(attribute='deal_stages') | reject('equalto', 'none') | list -%}
    {%- for model in models %}
    select
        pipeline,
        pipeline_label,
        stage,
        stage_label,
        position,
        win_probability,
        is_closed
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
