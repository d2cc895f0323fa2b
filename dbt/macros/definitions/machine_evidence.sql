{#- What the rows of event files say of the machine that may have opened or clicked. -#}


{#- The settings of a feed that are about its e-mail events. -#}
{% macro feed_open_settings() -%}
    {{ return([
        'user_agent_column', 'ip_address_column', 'is_machine_column', 'opens_observable_column', 'is_machine',
        'opens_observable',
    ]) }}
{%- endmacro %}


{#- The names of the e-mail events of event files that have one of `roles`; without these of all. -#}
{% macro own_email_names(roles=none) -%}
    {%- set found = [] -%}
    {%- for role, names in milepost.event_contracts().event_files.email.events.items() -%}
        {%- do found.extend(names) if not roles or role in roles -%}
    {%- endfor -%}
    {{ milepost.texts(found) }}
{%- endmacro %}


{#- The property under the column that the feed names, else under one of the names that exports usually have. -#}
{% macro usual_property(properties, column, names) -%}
    {%- set found = [milepost.json_text(properties, column)] -%}
    {%- for name in names -%}
        {%- do found.append(milepost.json_text(properties, "'" ~ name ~ "'")) -%}
    {%- endfor -%}
    {{ milepost.clean_text('coalesce(' ~ found | join(', ') ~ ')') }}
{%- endmacro %}


{#- `true` or `false` of what stands for it in exports; null for anything else. -#}
{% macro truth_text(text) -%}
    case
        when lower({{ text }}) in ('true', 't', 'yes', 'y', '1', '1.0') then 'true'
        when lower({{ text }}) in ('false', 'f', 'no', 'n', '0', '0.0') then 'false'
    end
{%- endmacro %}


{#- `yes`, `no` or `unknown` of what stands for it in exports; null for anything else. -#}
{% macro observability_text(text) -%}
    case
        when {{ milepost.truth_text(text) }} = 'true' then 'yes'
        when {{ milepost.truth_text(text) }} = 'false' then 'no'
        when lower({{ text }}) = 'unknown' then 'unknown'
    end
{%- endmacro %}
