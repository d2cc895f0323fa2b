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
    where
        completed_at <= {{ known_until }}
        {%- if measure == 'next_step' %}
        and {{ is_after_begin('completed_at', 'next_known_from') }}
        {%- endif %}

),
{%- endfor %}

first_preference_visits as (

    select
        person_key,
        completed_at as visited_at,
        least(
            {{ outcome_watermark('micro_conversion', 'preferences_update') }},
            {{ outcome_watermark('micro_conversion', 'unsubscribe') }}
        ) as known_until
    from {{ ref('int_velocity_spells') }}
    where
        micro_conversion = 'preference_center_visit'
        and {{ is_after_begin('completed_at', latest_begin(
            outcome_known_from('micro_conversion', 'preferences_update'), outcome_known_from('micro_conversion', 'unsubscribe')
        )) }}

),

preference_acts as (

    select
        micro_conversions.person_key,
        micro_conversions.occurred_at,
        true as is_update
    from {{ ref('fct_micro_conversions') }} as micro_conversions
    inner join {{ ref('int_micro_conversion_lineage') }} as lineage
        on
            micro_conversions.micro_conversion = lineage.micro_conversion
            and lineage.counts_as = 'preferences_update'
    union all
    select
        person_key,
        exited_at,
        false
    from {{ ref('int_person_exits') }}
    where reason = 'unsubscribe'

),

preference_spells as (

    select
        visits.person_key,
        visits.visited_at,
        visits.known_until,
        min(case when acts.is_update then acts.occurred_at end) as updated_at,
        min(case when not acts.is_update then acts.occurred_at end) as unsubscribed_at
    from first_preference_visits as visits
    left join preference_acts as acts
        on
            visits.person_key = acts.person_key
            and visits.visited_at <= acts.occurred_at
            and acts.occurred_at <= visits.known_until
    where visits.visited_at <= visits.known_until
    group by visits.person_key, visits.visited_at, visits.known_until

),

preference_outcomes as (

    select
        case
            when updated_at is null and unsubscribed_at is null then '(censored)'
            when unsubscribed_at is null or updated_at <= unsubscribed_at then 'preferences_update'
            else 'unsubscribe'
        end as outcome,
        {{ duration_in_steps(seconds_between(
            'visited_at', 'least(coalesce(updated_at, known_until), coalesce(unsubscribed_at, known_until))'
        )) }} as seconds
    from preference_spells

),

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
union all
select
    'preferences',
    'preference_center_visit',
    'all',
    'all',
    outcome,
    seconds,
    count(*)
from preference_outcomes
group by outcome, seconds
