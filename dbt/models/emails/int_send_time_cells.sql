{#-
    Deliveries with what followed, by hour on the recipient's clock and by days since the e-mail before. Each stratum holds
    what may be compared: one e-mail at one time zone, or one experiment whose arms were sent at different hours.
-#}
{%- set days = var('email_response_days') -%}
{%- set known_until = outcome_watermark('micro_conversion', 'email_click') -%}
{%- set known_from = outcome_known_from('micro_conversion', 'email_click') -%}
with

exposures as (

    select *
    from {{ ref('int_email_exposures') }}
    where
        delivered_at is not null
        and {{ exposure_is_mature('sent_at', days, known_until, known_from) }}

),

persons as (

    select * from {{ ref('dim_persons') }}
    where time_zone_source <> 'account'

),

clicks as (

    select * from {{ ref('int_email_completions') }}
    where micro_conversion = 'email_click' and is_human

),

goal_completions as (

    select * from {{ ref('int_email_goal_completions') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

sends as (

    select * from {{ ref('fct_email_sends') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

assignments as (

    select * from {{ ref('int_experiment_assignments') }}
    where not is_in_two_arms

),

deliveries as (

    select
        exposures.person_key,
        exposures.email_id,
        exposures.campaign_key,
        exposures.sent_at,
        exposures.opens_observable = 'yes' as is_observable,
        {{ opened_within('exposures', 'first_human_open_at', days) }} as opened,
        clicks.person_key is not null as clicked
    from exposures
    left join clicks on exposures.person_key = clicks.person_key and exposures.email_id = clicks.email_id

),

assigned_deliveries as (

    select
        assignments.experiment,
        assignments.variant,
        deliveries.person_key,
        deliveries.email_id,
        {{ hour_of_week(from_utc('deliveries.sent_at', "'" ~ var('account_time_zone') ~ "'")) }} as account_hour
    from assignments
    inner join deliveries
        on
            assignments.person_key = deliveries.person_key
            and (assignments.campaign_key is null or assignments.campaign_key = deliveries.campaign_key)
            and deliveries.sent_at >= assignments.assigned_at
            and deliveries.sent_at <= {{ plus_days('assignments.assigned_at', var('experiment_outcome_days')) }}

),

-- A mailing's arms have an hour of the week, those of an automation that persons enter on any day an hour of the day.
clocks as (

    {%- for hours in [24, 168] %}
    select
        experiment,
        variant,
        {{ hours }} as clock,
        mod(account_hour, {{ hours }}) as account_hour
    from assigned_deliveries
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

arm_hours as (

    select
        experiment,
        variant,
        clock,
        account_hour,
        count(*) as deliveries,
        sum(count(*)) over (partition by experiment, variant, clock) as arm_deliveries
    from clocks
    group by experiment, variant, clock, account_hour

),

-- Arms differ by hour where nearly all of each arm was sent at one, and these are not the same.
clocks_of_experiments as (

    select
        experiment,
        clock
    from arm_hours
    where deliveries >= 0.8 * arm_deliveries
    group by experiment, clock
    having count(distinct account_hour) > 1 and count(distinct account_hour) = count(distinct variant)

),

experiments_on_hours as (

    select distinct experiment
    from clocks_of_experiments

),

randomised as (

    select
        assigned_deliveries.person_key,
        assigned_deliveries.email_id,
        min(assigned_deliveries.experiment) as experiment
    from assigned_deliveries
    inner join experiments_on_hours on assigned_deliveries.experiment = experiments_on_hours.experiment
    group by assigned_deliveries.person_key, assigned_deliveries.email_id

),

-- Grouped by quarters of an hour before clocks are read: zones differ by no less.
quarters as (

    select
        deliveries.email_id,
        randomised.experiment,
        persons.time_zone,
        date_trunc('hour', deliveries.sent_at) as sent_hour,
        floor(extract(minute from deliveries.sent_at) / 15) as quarter,
        count(*) as delivered,
        count(case when deliveries.clicked then 1 end) as clickers,
        count(case when deliveries.is_observable then 1 end) as observable,
        count(case when deliveries.is_observable and deliveries.opened then 1 end) as openers
    from deliveries
    inner join persons on deliveries.person_key = persons.person_key
    inner join campaigns on deliveries.campaign_key = campaigns.campaign_key
    left join randomised on deliveries.person_key = randomised.person_key and deliveries.email_id = randomised.email_id
    -- An e-mail of a flow is sent at the hour of what triggered it.
    where campaigns.kind <> 'flow'
    group by
        deliveries.email_id,
        randomised.experiment,
        persons.time_zone,
        date_trunc('hour', deliveries.sent_at),
        floor(extract(minute from deliveries.sent_at) / 15)

),

hours as (

    select
        case when experiment is null then 'observational' else 'randomised' end as evidence,
        coalesce(experiment, email_id) || ' ' || time_zone as stratum,
        {{ hour_of_week(from_utc(plus_seconds('sent_hour', 'cast(quarter * 900 as bigint)'), 'time_zone')) }} as hour_of_week,
        delivered,
        clickers,
        observable,
        openers
    from quarters

),

acts as (

    select
        coalesce(events.email_id, '') as email_id,
        {{ hour_of_week('events.occurred_at_local') }} as hour_of_week,
        count(*) as clicks
    from events
    inner join persons on events.person_key = persons.person_key
    where events.event_name in {{ email_event_names('click') }} and not events.is_machine
    group by coalesce(events.email_id, ''), {{ hour_of_week('events.occurred_at_local') }}

),

-- E-mails of one flow, or of one sequence that campaigns serve.
emails_in_sequence as (

    select
        deliveries.*,
        coalesce(campaigns.sequence_id, campaigns.tags, campaigns.campaign_key) as sequence,
        lag(deliveries.sent_at) over (
            partition by deliveries.person_key, coalesce(campaigns.sequence_id, campaigns.tags, campaigns.campaign_key)
            order by deliveries.sent_at, deliveries.email_id
        ) as previous_sent_at
    from deliveries
    inner join campaigns on deliveries.campaign_key = campaigns.campaign_key
    where campaigns.kind = 'flow'

),

unsubscriptions as (

    select
        person_key,
        email_id,
        min(unsubscribed_at) as unsubscribed_at
    from sends
    where person_key is not null and unsubscribed_at is not null
    group by person_key, email_id

),

gaps as (

    select
        emails_in_sequence.sequence,
        emails_in_sequence.email_id,
        case
            {%- for upper in var('email_gap_bands') %}
            when {{ seconds_between('emails_in_sequence.previous_sent_at', 'emails_in_sequence.sent_at') }}
            < {{ upper * 86400 }} then {{ loop.index0 }}
            {%- endfor %}
            else {{ var('email_gap_bands') | length }}
        end as band,
        emails_in_sequence.clicked,
        coalesce(
            unsubscriptions.unsubscribed_at <= {{ plus_days('emails_in_sequence.sent_at', days) }}, false
        ) as unsubscribed,
        goal_completions.person_key is not null as completed
    from emails_in_sequence
    left join unsubscriptions
        on
            emails_in_sequence.person_key = unsubscriptions.person_key
            and emails_in_sequence.email_id = unsubscriptions.email_id
    left join goal_completions
        on
            emails_in_sequence.person_key = goal_completions.person_key
            and emails_in_sequence.email_id = goal_completions.email_id
    where emails_in_sequence.previous_sent_at is not null

)

{%- for outcome, of, hits in [('human_click', 'delivered', 'clickers'), ('human_open', 'observable', 'openers')] %}
select
    'send_hour' as slice_type,
    cast(null as string) as sequence,
    '{{ outcome }}' as outcome,
    evidence,
    stratum,
    hour_of_week as place,
    cast(sum({{ of }}) as bigint) as eligible,
    cast(sum({{ hits }}) as bigint) as completed
from hours
group by evidence, stratum, hour_of_week
having sum({{ of }}) > 0

union all
{% endfor %}
select
    'click_hour',
    null,
    'human_click',
    'observational',
    email_id,
    hour_of_week,
    clicks as eligible,
    clicks as completed
from acts

{%- for outcome, flag in [('human_click', 'clicked'), ('unsubscribe', 'unsubscribed'), ('goal', 'completed')] %}

union all

select
    'days_since_previous_email',
    sequence,
    '{{ outcome }}',
    'observational',
    email_id,
    band,
    count(*),
    count(case when {{ flag }} then 1 end)
from gaps
group by sequence, email_id, band
{%- endfor %}
