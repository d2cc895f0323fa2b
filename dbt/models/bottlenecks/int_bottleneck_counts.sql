{%- set horizon = var('path_horizon_days') -%}
{%- set exit_days = var('bottleneck_exit_days') -%}
{%- set transition = ['transition_kind', 'sequence_id', 'step_number', 'from_step', 'to_step', 'window_days', 'is_known'] -%}
{%- set slices = ['device', 'landing_page', 'campaign'] -%}
with

attempts as (

    select * from {{ ref('int_bottleneck_attempts') }}

),

journey_events as (

    select * from {{ ref('int_journey_events') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

clicks as (

    select micro_conversion
    from {{ ref('int_micro_conversion_lineage') }}
    where counts_as = 'email_click'

),

-- Published figures of how many go on from one step to another.
benchmarks as (

    select
        micro_conversion,
        exposure,
        min(benchmark_lower) as benchmark_lower
    from {{ ref('rpt_completion_rates') }}
    where slice_type = 'overall' and benchmark_lower is not null
    group by micro_conversion, exposure

),

watermark as (

    select
        {{ outcome_watermark('macro_conversion') }} as known_until,
        {{ outcome_known_from('macro_conversion') }} as known_from

),

visits_with_signs as (

    select
        session_id,
        max(case when event_name = 'form_start' then 1 else 0 end) as has_form_start,
        max(case when event_name in ('form_submit', 'generate_lead') then 1 else 0 end) as has_form_submit,
        max(case when event_name in ('exception', 'app_exception') then 1 else 0 end) as has_error
    from events
    where
        event_name in ('form_start', 'form_submit', 'generate_lead', 'exception', 'app_exception')
        and session_id is not null
    group by session_id

),

-- Every macro-conversion within either horizon: that of who went on, and that of who did not.
outcomes as (

    select
        attempts.sequence_id,
        attempts.step_number,
        attempts.person_key,
        max(
            case
                when macro_conversions.occurred_at <= {{ plus_days('attempts.arrived_at', exit_days) }} then 1 else 0
            end
        ) as converted_anyway,
        max(
            case
                when
                    macro_conversions.occurred_at >= attempts.reached_at
                    and macro_conversions.occurred_at <= {{ plus_days('attempts.reached_at', horizon) }}
                    then 1
                else 0
            end
        ) as converted
    from attempts
    inner join macro_conversions
        on
            attempts.person_key = macro_conversions.person_key
            and attempts.arrived_at <= macro_conversions.occurred_at
    group by attempts.sequence_id, attempts.step_number, attempts.person_key

),

described_attempts as (

    select
        attempts.*,
        sessions.device,
        {{ url_path('sessions.entry_url') }} as landing_page,
        coalesce(journey_events.campaign_key, sessions.campaign_key) as campaign,
        left_truncated_persons.person_key is not null as is_left_truncated,
        coalesce(sessions.is_site_visit, false) as has_visit,
        coalesce(sessions.engaged, false) as is_engaged,
        coalesce(visits_with_signs.has_form_start, 0) as has_form_start,
        coalesce(visits_with_signs.has_form_submit, 0) as has_form_submit,
        coalesce(visits_with_signs.has_error, 0) as has_error,
        {{ exposure_is_mature('attempts.reached_at', horizon, 'watermark.known_until', 'watermark.known_from') }} as is_value_known,
        {{ exposure_is_mature('attempts.arrived_at', exit_days, 'watermark.known_until', 'watermark.known_from') }} as is_exit_known,
        coalesce(outcomes.converted_anyway, 0) as converted_anyway,
        coalesce(outcomes.converted, 0) as converted
    from attempts
    cross join watermark
    inner join journey_events on attempts.event_id = journey_events.event_id
    left join left_truncated_persons on attempts.person_key = left_truncated_persons.person_key
    left join sessions on journey_events.session_id = sessions.session_id
    left join visits_with_signs on journey_events.session_id = visits_with_signs.session_id
    left join outcomes
        on
            attempts.sequence_id = outcomes.sequence_id
            and attempts.step_number = outcomes.step_number
            and attempts.person_key = outcomes.person_key

),

cells as (

    select
        {{ transition | join(', ') }},
        {{ slices | join(', ') }},
        count(*) as persons,
        count(case when is_left_truncated then 1 end) as left_truncated_persons,
        count(reached_at) as reached,
        count(case when has_visit then 1 end) as with_visit,
        count(case when is_engaged then 1 end) as engaged,
        count(case when is_engaged and reached_at is null and has_form_start = 0 then 1 end) as engaged_without_step,
        sum(has_form_start) as form_starts,
        sum(has_form_start * has_form_submit) as form_submits,
        sum(has_error) as with_error,
        count(case when is_exit_known then 1 end) as exit_known,
        count(case when is_exit_known and reached_at is null and converted_anyway = 0 then 1 end) as exits,
        count(case when is_value_known then 1 end) as value_known,
        sum(case when is_value_known then converted else 0 end) as converted
    from described_attempts
    group by {{ transition | join(', ') }}, {{ slices | join(', ') }}

),

sliced as (

    select
        *,
        'all' as slice_type,
        'all' as slice_value
    from cells
    {%- for slice in slices %}
    union all
    select
        *,
        '{{ slice }}' as slice_type,
        {{ slice }} as slice_value
    from cells
    where {{ slice }} is not null
    {%- endfor %}

),

counts as (

    select
        {{ transition | join(', ') }},
        slice_type,
        slice_value,
        {%- for count in [
            'persons', 'left_truncated_persons', 'reached', 'with_visit', 'engaged', 'engaged_without_step',
            'form_starts', 'form_submits', 'with_error', 'exit_known', 'exits', 'value_known', 'converted'
        ] %}
        cast(sum({{ count }}) as bigint) as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sliced
    group by {{ transition | join(', ') }}, slice_type, slice_value

)

select
    counts.*,
    {{ person_population('counts.is_known') }} as person_population,
    from_types.commitment_level as commitment_from,
    to_types.commitment_level as commitment_to,
    coalesce(to_types.polarity = 'macro', counts.to_step = 'customer') as to_is_macro,
    coalesce(counts.from_step in (select clicks.micro_conversion from clicks), false) as from_is_click,
    -- Where people decide: the stage itself, steps of it, and the page of prices.
    counts.from_step in ('decision', 'pricing_page_visit') or coalesce(from_types.journey_stage = 'decision', false)
        as from_needs_trust,
    benchmarks.benchmark_lower
from counts
left join types as from_types on counts.from_step = from_types.micro_conversion
left join types as to_types on counts.to_step = to_types.micro_conversion
left join benchmarks on counts.from_step = benchmarks.exposure and counts.to_step = benchmarks.micro_conversion
