{#- What counts towards sessions, journeys and paths: acts of a known person, done by no machine and not done to them. -#}
{% macro is_human_act(alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    ({{ prefix }}person_key is not null and not {{ prefix }}is_machine and {{ prefix }}is_person_action)
{%- endmacro %}


{#-
    What shows that a person was active: a human act other than opening an e-mail, as an image that loads does not show
    that anybody read. Retention and `last_acted_at` rest on it.
-#}
{% macro is_activity(alias=none) -%}
    ({{ milepost.is_human_act(alias) }} and not {{ milepost.is_open(alias) }})
{%- endmacro %}


{#- Whether an event is the opening of an e-mail, by the event contract of its source. -#}
{% macro is_open(alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    (
        {%- for source, email in milepost.email_contracts().items() if email.events.open %}
        {{ 'or ' if not loop.first }}({{ prefix }}source = '{{ source }}' and {{ prefix }}event_name in {{ milepost.texts(email.events.open) }})
        {%- else %} false
        {%- endfor %}
    )
{%- endmacro %}


{#-
    Whether an event is an act of its person. `feed_kinds` and `source_kinds` are the rows of int_event_name_kinds for its
    feed and its source: the one of higher precedence decides. A name that neither knows is an act only where the feed or
    the source's contract says so of every name; giving money back is none whatever its name.
-#}
{% macro is_person_action(events, feed_kinds, source_kinds, is_every_name) -%}
    {%- set every_name = [] -%}
    {%- for source, contract in milepost.event_contracts().items() if contract.person_actions == 'all' -%}
        {%- do every_name.append(source) -%}
    {%- endfor -%}
    (
        coalesce(
            case
                when {{ feed_kinds }}.precedence <= coalesce({{ source_kinds }}.precedence, {{ feed_kinds }}.precedence)
                    then {{ feed_kinds }}.is_person_action
            end,
            {{ source_kinds }}.is_person_action,
            {{ is_every_name }} or coalesce({{ events }}.source in {{ milepost.texts(every_name) }}, false)
        )
        and coalesce({{ events }}.revenue >= 0, true)
    )
{%- endmacro %}


{#- One sortable value per event, in the order of a person's acts: instant, rank within it, event id. -#}
{% macro act_order(alias=none) -%}
    {{ return(adapter.dispatch('act_order', 'milepost')(alias ~ '.' if alias else '')) }}
{%- endmacro %}

{% macro default__act_order(prefix) -%}
    ({{ prefix }}occurred_at, {{ prefix }}event_rank, {{ prefix }}event_id)
{%- endmacro %}
