{#- What is not known until then has not happened yet: a measure ends where the first of what it asks for is not known. -#}
{%- set far_away = "timestamp '9999-12-31 00:00:00'" -%}
with

{%- for measure, known_until in {'conversion': 'known_until', 'next_step': 'next_known_until'}.items() %}

{{ measure }}_spells as (

    select
        micro_conversion,
        source,
        campaign_kind,
        completed_at,
        next_micro_conversion,
        {{ known_until }} as known_until,
        case when next_at <= {{ known_until }} then next_at else {{ far_away }} end as next_at,
        case when converted_at <= {{ known_until }} then converted_at else {{ far_away }} end as converted_at,
        case when exited_at <= {{ known_until }} then exited_at else {{ far_away }} end as exited_at
    from {{ ref('int_velocity_spells') }}
    where completed_at <= {{ known_until }}

),
{%- endfor %}

-- At one instant a step comes before the conversion that follows it, and both before leaving.
outcomes as (

    select
        'conversion' as measure,
        micro_conversion,
        source,
        campaign_kind,
        case
            when converted_at = {{ far_away }} and exited_at = {{ far_away }} then '(censored)'
            when converted_at <= exited_at then 'macro_conversion'
            else '(left)'
        end as outcome,
        {{ duration_in_steps(seconds_between('completed_at', 'least(converted_at, exited_at, known_until)')) }} as seconds
    from conversion_spells

    union all

    select
        'next_step',
        micro_conversion,
        source,
        campaign_kind,
        case
            when next_at = {{ far_away }} and converted_at = {{ far_away }} and exited_at = {{ far_away }} then '(censored)'
            when next_at <= converted_at and next_at <= exited_at and next_at < {{ far_away }} then next_micro_conversion
            when converted_at <= exited_at then 'macro_conversion'
            else '(left)'
        end,
        {{ duration_in_steps(seconds_between('completed_at', 'least(next_at, converted_at, exited_at, known_until)')) }}
    from next_step_spells

),

counts as (

    select
        measure,
        micro_conversion,
        source,
        campaign_kind,
        outcome,
        seconds,
        count(*) as persons
    from outcomes
    group by measure, micro_conversion, source, campaign_kind, outcome, seconds

)

{%- for slice, value in {'all': "'all'", 'source': 'source', 'campaign_kind': 'campaign_kind'}.items() %}

select
    measure,
    micro_conversion,
    '{{ slice }}' as slice,
    {{ value }} as slice_value,
    outcome,
    seconds,
    cast(sum(persons) as bigint) as persons
from counts
group by measure, micro_conversion, {% if slice != 'all' %}{{ value }}, {% endif %}outcome, seconds
{{ 'union all' if not loop.last }}
{%- endfor %}
