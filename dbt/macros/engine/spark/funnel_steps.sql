{#-
    As on DuckDB every step carries what decides, here by one partition for all windows: the instant at which the person
    last reached it, or with a window the latest beginning that came so far. Of an act that may be two steps the later
    step comes first, as no act leads to its own.
-#}
{% macro spark__funnel_steps(step_events, entries, moves, window_seconds, steps, is_physically_ordered, guard) -%}
    {%- set has_rules = moves is not none -%}
    {%- set window = (window_seconds * 1000000) | int if window_seconds is not none else none -%}
    {%- set person = 'sequence_id, person_key' if has_rules else 'person_key' -%}
    {%- set before = 'over (partition by ' ~ person ~ ' order by act_position, step_number desc rows between unbounded preceding and 1 preceding)' -%}
    with
    {%- if has_rules %}
    {{ milepost.funnel_rules(entries, moves, steps) }}
    {%- endif %}

    step_0 as (
        select
            step_events.*,
            {%- if has_rules %}
            rules.is_entry,
            {%- for step in range(1, steps) %}
            rules.from_{{ step }},
            {%- endfor %}
            {%- endif %}
            unix_micros(cast(step_events.occurred_at as timestamp_ltz)) as instant
        from {{ step_events }} as step_events
        {%- if has_rules %}
        inner join rules
            on step_events.sequence_id = rules.sequence_id and step_events.step_number = rules.step_number
        {%- endif %}
    )
    {%- for step in range(1, steps + 1) %},

    reached_{{ step }} as (
        select
            *,
            case
                when step_number <> {{ step }} then null
                {%- if has_rules %}
                when is_entry then instant
                {%- elif step == 1 %}
                else instant
                {%- endif %}
                {%- if not has_rules and step > 1 and window is none %}
                when before_{{ step - 1 }} is not null then instant
                {%- elif not has_rules and step > 1 %}
                when before_{{ step - 1 }} >= instant - {{ window }} then before_{{ step - 1 }}
                {%- elif step > 1 and window is not none %}
                else {{ milepost.latest_beginning(range(1, step), window) }}
                {%- elif step > 1 %}
                {%- for origin in range(1, step) %}
                when instant - before_{{ origin }} <= from_{{ origin }} then instant
                {%- endfor %}
                {%- endif %}
            end as reached_{{ step }}
        from step_{{ step - 1 }}
    )
    {%- if not loop.last %},

    step_{{ step }} as (
        select
            *,
            last_value(reached_{{ step }}, true) {{ before }} as before_{{ step }}
        from reached_{{ step }}
    )
    {%- endif %}
    {%- endfor %}

    select
        * except (
            instant
            {%- if has_rules %}, is_entry{% for step in range(1, steps) %}, from_{{ step }}{% endfor %}{% endif %}
            {%- for step in range(1, steps + 1) %}, reached_{{ step }}{{ ', before_' ~ step if step < steps }}{% endfor %}
        )
    from reached_{{ steps }}
    where coalesce({% for step in range(1, steps + 1) %}reached_{{ step }}{{ ', ' if not loop.last }}{% endfor %}) is not null
{%- endmacro %}
