{%- set paid_until = plus_days('trials.started_at', 'trials.trial_days + ' ~ var('trial_settled_days')) -%}
{%- set known_until = outcome_watermark('micro_conversion', 'trial_to_paid_conversion') -%}
{%- set known_from = outcomes_known_from(['trial_to_paid_conversion', 'premium_subscription']) -%}
with

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

observable as (

    select
        max(case when micro_conversion = 'free_trial_signup' and is_observable then 1 else 0 end) = 1 as has_trials,
        max(
            case
                when micro_conversion in ('trial_to_paid_conversion', 'premium_subscription') and is_observable then 1
                else 0
            end
        ) = 1 as has_payments
    from {{ ref('int_observable_micro_conversions') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

events as (

    select * from {{ ref('fct_events') }}
    where
        micro_conversion in (
            select micro_conversion
            from lineage
            where counts_as = 'free_trial_signup'
        )

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

published as (

    select * from {{ ref('benchmarks') }}
    where benchmark_id = 'smaily_opt_out_trial'

),

started_trials as (

    select
        micro_conversions.person_key,
        micro_conversions.event_id,
        micro_conversions.is_known,
        micro_conversions.occurred_at as started_at,
        row_number() over (
            partition by micro_conversions.person_key order by micro_conversions.occurred_at, micro_conversions.event_rank
        ) as trial_number
    from micro_conversions
    inner join lineage
        on micro_conversions.micro_conversion = lineage.micro_conversion and lineage.counts_as = 'free_trial_signup'

),

-- Of several trials the first: a person converts once, and a second trial is of who did not. What began before payments are
-- known could not be seen to be paid.
described_trials as (

    select
        started_trials.person_key,
        started_trials.is_known,
        started_trials.started_at,
        replace(replace(replace(lower({{ json_text('events.properties', "'trial_model'") }}), '-', ''), '_', ''), ' ', '')
            as stated_model,
        {{ stated_trial_days('events.properties') }} as stated_days
    from started_trials
    inner join events on started_trials.event_id = events.event_id
    where
        started_trials.trial_number = 1
        and {{ is_after_begin('started_trials.started_at', known_from) }}

),

trials as (

    select
        person_key,
        is_known,
        started_at,
        case stated_model when 'optin' then 'opt_in' when 'optout' then 'opt_out' else 'not_stated' end as trial_model,
        coalesce(stated_days, {{ var('trial_days') }}) as trial_days
    from described_trials

),

-- A payment that was given back whole is none.
payments as (

    select
        macro_conversions.person_key,
        macro_conversions.occurred_at
    from macro_conversions
    inner join lineage
        on
            macro_conversions.macro_conversion = lineage.micro_conversion
            and lineage.counts_as in ('trial_to_paid_conversion', 'premium_subscription')
    where macro_conversions.person_key is not null and macro_conversions.is_fully_refunded = false

),

paid_trials as (

    select
        trials.person_key,
        min(payments.occurred_at) as paid_at
    from trials
    inner join payments
        on
            trials.person_key = payments.person_key
            and payments.occurred_at >= trials.started_at
            and payments.occurred_at <= {{ paid_until }}
    group by trials.person_key

),

followed_trials as (

    select
        trials.trial_model,
        trials.is_known,
        {{ exposure_is_mature('trials.started_at', 'trials.trial_days + ' ~ var('trial_settled_days'), known_until, known_from) }}
            as is_mature,
        {{ exposure_is_mature('trials.started_at', 'trials.trial_days', known_until, known_from) }} as is_over,
        paid_trials.paid_at is not null as has_paid,
        left_truncated_persons.person_key is not null as is_left_truncated
    from trials
    left join paid_trials on trials.person_key = paid_trials.person_key
    left join left_truncated_persons on trials.person_key = left_truncated_persons.person_key

),

counts as (

    select
        trial_model,
        count(*) as persons,
        count(case when is_mature then 1 end) as trials,
        count(case when not is_mature then 1 end) as immature_trials,
        count(case when not is_over then 1 end) as running_trials,
        count(case when is_mature and has_paid then 1 end) as paid,
        count(case when is_left_truncated then 1 end) as left_truncated_persons
    from followed_trials
    where is_known
    group by trial_model

),

models as (

    {%- for model in ['opt_in', 'opt_out', 'not_stated'] %}
    select '{{ model }}' as trial_model
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- An opt-in trial has no figure that more than a blog gives: no band.
rows_of_models as (

    select
        models.trial_model,
        observable.has_trials,
        observable.has_payments,
        coalesce(counts.trials, 0) as trials,
        coalesce(counts.immature_trials, 0) as immature_trials,
        coalesce(counts.running_trials, 0) as running_trials,
        case when observable.has_payments then coalesce(counts.paid, 0) end as paid,
        coalesce(counts.left_truncated_persons, 0) as left_truncated_persons,
        case when models.trial_model = 'opt_out' then published.value end as published_rate,
        case when models.trial_model = 'opt_out' then published.publisher end as published_by
    from models
    cross join observable
    left join counts on models.trial_model = counts.trial_model
    left join published on true

),

rated as (

    select
        *,
        paid / cast(nullif(trials, 0) as double) as rate,
        {{ wilson_interval('paid', 'trials', 'lower') }} as lower,
        {{ wilson_interval('paid', 'trials', 'upper') }} as upper,
        published_rate * (1 - {{ var('benchmark_relative_tolerance') }}) as band_lower,
        published_rate * (1 + {{ var('benchmark_relative_tolerance') }}) as band_upper,
        {{ lifecycle_status('has_trials and has_payments', 'trials', 'immature_trials') }} as status
    from rows_of_models

)

select
    trial_model,
    'known' as person_population,
    status,
    case
        when has_trials = false then 'No source reports free_trial_signup.'
        when has_payments = false then 'No source reports trial_to_paid_conversion or premium_subscription.'
        when trial_model = 'not_stated' and trials + immature_trials > 0
            then 'The feed of trials has no column trial_model (opt_in or opt_out) for them.'
    end as reason,
    trials,
    immature_trials,
    running_trials,
    left_truncated_persons,
    immature_trials = 0 as is_mature,
    cast(paid as bigint) as paid,
    rate,
    lower,
    upper,
    cast(published_rate as double) as published_rate,
    published_by,
    cast(band_lower as double) as band_lower,
    cast(band_upper as double) as band_upper,
    {{ benchmark_status('trials', 'lower', 'upper', 'band_lower', 'band_upper') }} as benchmark_status,
    'first trial of each person, followed to ' || '{{ var('trial_settled_days') }}'
    || ' days after its end, mature trials; Wilson interval' as method
from rated
