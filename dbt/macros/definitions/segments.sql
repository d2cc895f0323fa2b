{#-
    Words for acts that a condition of seed segment_conditions may name next to the rows of the catalogue: the outcome by
    whose watermark they are known, and the catalogue row that must be observable for them to be (none: they always are).
-#}
{% macro segment_acts() -%}
    {%- set acts = {
        'human_click': {'outcome': ['micro_conversion', 'email_click'], 'observed_by': 'email_click'},
        'topic_click': {'outcome': ['micro_conversion', 'email_click'], 'observed_by': 'email_click'},
        'topic_visit': {'outcome': ['micro_conversion', 'product_page_visit'], 'observed_by': 'product_page_visit'},
        'delivery': {'outcome': ['micro_conversion', 'email_click'], 'observed_by': 'email_click'},
        'visit': {'outcome': ['activity', 'any'], 'observed_by': none},
        'order': {'outcome': ['macro_conversion', 'any'], 'observed_by': none},
        'kept_order': {'outcome': ['macro_conversion', 'any'], 'observed_by': none},
        'macro_conversion': {'outcome': ['macro_conversion', 'any'], 'observed_by': none},
        'first_seen': {'outcome': ['activity', 'any'], 'observed_by': none},
    } -%}
    {%- for word in ['trial_midpoint', 'trial_last_days', 'trial_end'] -%}
        {%- do acts.update(
            {word: {'outcome': ['micro_conversion', 'free_trial_signup'], 'observed_by': 'free_trial_signup'}}
        ) -%}
    {%- endfor -%}
    {%- for stage in milepost.segment_stages() -%}
        {%- do acts.update({stage ~ '_step': {'outcome': ['stage', 'any'], 'observed_by': none}}) -%}
    {%- endfor -%}
    {{ return(acts) }}
{%- endmacro %}


{#- Journey stages that a condition may name. -#}
{% macro segment_stages() -%}
    {{ return(['awareness', 'consideration', 'decision', 'customer', 'advocacy']) }}
{%- endmacro %}


{#- Columns of dim_persons that a condition may name. -#}
{% macro segment_attributes() -%}
    {{ return([
        'country', 'time_zone', 'person_kind', 'first_touch_source', 'first_touch_medium', 'marketing_consent',
        'subscription_status',
    ]) }}
{%- endmacro %}


{#- The topic of an address: of a page on one, by variable topic_url_pattern. -#}
{% macro topic_of_url(url) -%}
    {{ milepost.text_match('lower(' ~ milepost.url_path(url) ~ ')', var('topic_url_pattern')) }}
{%- endmacro %}


{#- The topic that a campaign is tagged with, by variable topic_tag_pattern. -#}
{% macro topic_of_tags(tags) -%}
    {{ milepost.text_match('lower(' ~ tags ~ ')', var('topic_tag_pattern')) }}
{%- endmacro %}


{#- Rows of `changes` (columns `keys`, changed_at, change) summed up to each instant at which anything changes. -#}
{% macro running_totals(changes, keys) -%}
    select
        {{ keys | join(', ') }},
        changed_at,
        sum(change) over (
            partition by {{ keys | join(', ') }} order by changed_at
            rows between unbounded preceding and current row
        ) as total
    from (
        select
            {{ keys | join(', ') }},
            changed_at,
            sum(change) as change
        from {{ changes }}
        group by {{ keys | join(', ') }}, changed_at
    ) as summed_changes
{%- endmacro %}


{#- Instants at which `holds` (1 or 0) of the rows `states` turns: change is 1 where it begins, -1 where it ends. -#}
{% macro turning_points(states, keys) -%}
    select
        {{ keys | join(', ') }},
        changed_at,
        holds - held_before as change
    from (
        select
            {{ keys | join(', ') }},
            changed_at,
            holds,
            lag(holds, 1, 0) over (partition by {{ keys | join(', ') }} order by changed_at) as held_before
        from {{ states }}
    ) as compared_states
    where holds <> held_before
{%- endmacro %}


{#- Instants at which the sum of `changes` begins or ceases to be at least `least`, which may be one of the keys. -#}
{% macro turning_points_of_sums(changes, keys, least=1) -%}
    {%- set states -%}
    (
        select
            {{ keys | join(', ') }},
            changed_at,
            case when total >= {{ least }} then 1 else 0 end as holds
        from ({{ milepost.running_totals(changes, keys) }}) as totals
    ) as states
    {%- endset -%}
    {{ milepost.turning_points(states, keys) }}
{%- endmacro %}


{#- Acts that the terms of conditions name, in their channel and on their topic. -#}
{% macro acts_of_segment_terms(acts, terms, sessions) -%}
    select
        terms.condition_key,
        terms.role,
        acts.person_key,
        acts.occurred_at,
        acts.occasion,
        acts.amount,
        acts.topic as item
    from {{ acts }} as acts
    inner join {{ terms }} as terms on acts.word = terms.word and (terms.topic is null or acts.topic = terms.topic)
    left join {{ sessions }} as sessions on acts.session_id = sessions.session_id and terms.channel is not null
    -- What must not have happened counts in any channel.
    where terms.channel is null or terms.role <> 'subject' or terms.channel = sessions.channel_group
{%- endmacro %}
