{#- Whether a report's row says anything, and if not why: value of columns `status` and `reason` of lifecycle reports. -#}
{% macro lifecycle_status(is_observable, mature, immature) -%}
    case
        when coalesce({{ is_observable }}, false) = false then 'not observable'
        when {{ mature }} > 0 then 'measured'
        when {{ immature }} > 0 then 'immature'
        else 'none yet'
    end
{%- endmacro %}


{#-
    Newcombe's hybrid score interval (domain F2) of the difference of two rates, from their Wilson bounds: `end` is 'lower'
    or 'upper'. Null where a rate is. R. G. Newcombe (1998), Statistics in Medicine 17:873-890, method 10.
-#}
{% macro newcombe_interval(successes, trials, other_successes, other_trials, end) -%}
    {%- set rate = '(' ~ successes ~ ' / cast(nullif(' ~ trials ~ ', 0) as double))' -%}
    {%- set other_rate = '(' ~ other_successes ~ ' / cast(nullif(' ~ other_trials ~ ', 0) as double))' -%}
    {%- set near, far = ('lower', 'upper') if end == 'lower' else ('upper', 'lower') -%}
    {{ rate }} - {{ other_rate }} {{ '-' if end == 'lower' else '+' }} sqrt(
        power({{ rate }} - ({{ milepost.wilson_interval(successes, trials, near) }}), 2)
        + power({{ other_rate }} - ({{ milepost.wilson_interval(other_successes, other_trials, far) }}), 2)
    )
{%- endmacro %}


{#- The flow of an automation's e-mail: the sequence it serves, else what its e-mails have in common. As rpt_send_times has it. -#}
{% macro automation_of(campaigns) -%}
    coalesce({{ campaigns }}.sequence_id, {{ campaigns }}.tags, {{ campaigns }}.campaign_key)
{%- endmacro %}


{#-
    From when outcomes are known: the first event of the sources and feeds that have reported any of them; null before they have. What
    happened earlier could not be seen to lead to them.
-#}
{% macro outcomes_known_from(outcomes) -%}
    (
        select min(watermarks.first_event_at)
        from {{ ref('int_source_watermarks') }} as watermarks
        inner join {{ ref('int_reported_events') }} as reported_events
            on
                watermarks.source = reported_events.source
                and watermarks.feed is not distinct from reported_events.feed
        inner join {{ ref('int_micro_conversion_lineage') }} as reported_lineage
            on
                reported_events.micro_conversion = reported_lineage.micro_conversion
                and reported_lineage.counts_as in {{ milepost.texts(outcomes) }}
    )
{%- endmacro %}


{#- Whether an instant is not before outcomes are known; true while nothing has reported them. -#}
{% macro is_after_begin(instant, outcomes) -%}
    coalesce({{ instant }} >= {{ milepost.outcomes_known_from(outcomes) }}, true)
{%- endmacro %}
