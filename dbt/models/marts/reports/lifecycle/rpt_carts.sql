{%- set days = var('cart_recovery_days') -%}
{%- set known_until = outcome_watermark('macro_conversion') -%}
{%- set known_from = outcome_known_from('macro_conversion') -%}
with

absences as (

    select * from {{ ref('fct_absences') }}
    where state = 'cart_abandoned'

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

observable as (

    select is_observable
    from {{ ref('int_observable_micro_conversions') }}
    where micro_conversion = 'cart_add'

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}
    where sequence_id = 'cart_recovery'

),

-- The sends of e-mails have no second reminder of one kind to the same address; events have.
events as (

    select * from {{ ref('fct_events') }}
    where
        campaign_key in (select campaign_key from campaigns) and person_key is not null
        and event_name in {{ email_event_names('send') }}

),

orders as (

    select
        person_key,
        occurred_at,
        sum(net_revenue) as net_revenue,
        count(*) - count(net_revenue) as unconverted_orders
    from {{ ref('fct_macro_conversions') }}
    where is_order and person_key is not null
    group by person_key, occurred_at

),

filled_carts as (

    select
        micro_conversions.person_key,
        micro_conversions.occurred_at,
        min(case when micro_conversions.is_known then 1 else 0 end) = 1 as is_known
    from micro_conversions
    inner join lineage
        on micro_conversions.micro_conversion = lineage.micro_conversion and lineage.counts_as = 'cart_add'
    group by micro_conversions.person_key, micro_conversions.occurred_at

),

-- As `fct_absences` counts carts: one begins with what is added after an order, or once the one before is given up.
carts_with_previous as (

    select
        *,
        lag(occurred_at) over (partition by person_key order by occurred_at) as previous_at
    from filled_carts

),

carts_with_orders as (

    select
        carts_with_previous.person_key,
        carts_with_previous.occurred_at,
        min(orders.occurred_at) as ordered_at
    from carts_with_previous
    left join orders
        on
            carts_with_previous.person_key = orders.person_key
            and carts_with_previous.previous_at <= orders.occurred_at
            and carts_with_previous.occurred_at > orders.occurred_at
    where carts_with_previous.is_known
    group by carts_with_previous.person_key, carts_with_previous.occurred_at, carts_with_previous.previous_at
    having
        carts_with_previous.previous_at is null
        or min(orders.occurred_at) is not null
        or carts_with_previous.occurred_at
        > {{ plus_days('carts_with_previous.previous_at', var('absence_cart_days') + days) }}

),

begun_carts as (

    select
        count(*) as filled,
        count(absences.person_key) as abandoned
    from carts_with_orders
    left join absences
        on
            carts_with_orders.person_key = absences.person_key
            and carts_with_orders.occurred_at = absences.counted_from
    where {{ exposure_is_mature('carts_with_orders.occurred_at', var('absence_cart_days'), known_until, known_from) }}

),

abandoned_carts as (

    select
        absences.person_key,
        absences.counted_from,
        absences.since,
        case when absences.resolved_at <= {{ plus_days('absences.since', days) }} then absences.resolved_at end
            as recovered_at,
        {{ exposure_is_mature('absences.since', days, known_until, known_from) }} as is_mature
    from absences
    inner join filled_carts
        on absences.person_key = filled_carts.person_key and absences.counted_from = filled_carts.occurred_at
    where filled_carts.is_known

),

reminders as (

    select
        abandoned_carts.person_key,
        abandoned_carts.counted_from,
        events.occurred_at as reminded_at,
        coalesce(abandoned_carts.recovered_at, {{ plus_days('abandoned_carts.since', days) }}) as followed_until,
        row_number() over (
            partition by abandoned_carts.person_key, abandoned_carts.counted_from order by events.occurred_at, events.event_id
        ) as reminder_step,
        lead(events.occurred_at) over (
            partition by abandoned_carts.person_key, abandoned_carts.counted_from order by events.occurred_at, events.event_id
        ) as next_reminded_at
    from abandoned_carts
    inner join events
        on
            abandoned_carts.person_key = events.person_key
            and events.occurred_at > abandoned_carts.counted_from
            and events.occurred_at
            <= coalesce(abandoned_carts.recovered_at, {{ plus_days('abandoned_carts.since', days) }})

),

clicks as (

    select
        micro_conversions.person_key,
        micro_conversions.occurred_at
    from micro_conversions
    inner join lineage
        on
            micro_conversions.micro_conversion = lineage.micro_conversion
            and lineage.counts_as = 'cart_recovery_click'

),

clicked_reminders as (

    select distinct
        reminders.person_key,
        reminders.counted_from,
        reminders.reminder_step
    from reminders
    inner join clicks
        on
            reminders.person_key = clicks.person_key
            and reminders.reminded_at <= clicks.occurred_at
            and reminders.followed_until >= clicks.occurred_at
            and (reminders.next_reminded_at is null or clicks.occurred_at < reminders.next_reminded_at)

),

-- An order belongs to the last reminder before it, or to none.
carts_by_step as (

    select
        'all' as reminder,
        cast(null as integer) as reminder_step,
        person_key,
        recovered_at,
        is_mature,
        cast(null as boolean) as is_clicked
    from abandoned_carts
    union all
    select
        'none',
        0,
        abandoned_carts.person_key,
        abandoned_carts.recovered_at,
        abandoned_carts.is_mature,
        null
    from abandoned_carts
    left join reminders
        on
            abandoned_carts.person_key = reminders.person_key
            and abandoned_carts.counted_from = reminders.counted_from
    where reminders.person_key is null
    union all
    select
        'reminder ' || cast(reminders.reminder_step as string),
        cast(reminders.reminder_step as integer),
        reminders.person_key,
        case
            when reminders.next_reminded_at is null or abandoned_carts.recovered_at < reminders.next_reminded_at
                then abandoned_carts.recovered_at
        end,
        abandoned_carts.is_mature,
        clicked_reminders.person_key is not null
    from reminders
    inner join abandoned_carts
        on
            reminders.person_key = abandoned_carts.person_key
            and reminders.counted_from = abandoned_carts.counted_from
    left join clicked_reminders
        on
            reminders.person_key = clicked_reminders.person_key
            and reminders.counted_from = clicked_reminders.counted_from
            and reminders.reminder_step = clicked_reminders.reminder_step

),

counts as (

    select
        carts_by_step.reminder,
        carts_by_step.reminder_step,
        count(distinct carts_by_step.person_key) as persons,
        count(case when carts_by_step.is_mature then 1 end) as carts,
        count(case when not carts_by_step.is_mature then 1 end) as immature_carts,
        count(case when carts_by_step.is_mature and carts_by_step.is_clicked then 1 end) as clicked,
        count(case when carts_by_step.is_mature then carts_by_step.recovered_at end) as recovered,
        sum(case when carts_by_step.is_mature then orders.net_revenue end) as net_revenue,
        coalesce(sum(case when carts_by_step.is_mature then orders.unconverted_orders end), 0) as unconverted_orders
    from carts_by_step
    left join orders
        on carts_by_step.person_key = orders.person_key and carts_by_step.recovered_at = orders.occurred_at
    group by carts_by_step.reminder, carts_by_step.reminder_step

),

rows_of_report as (

    select
        reminder,
        reminder_step,
        persons,
        carts,
        immature_carts,
        case when reminder_step > 0 then clicked end as clicked,
        recovered,
        net_revenue,
        unconverted_orders
    from counts
    union all
    select
        'all',
        null,
        0,
        0,
        0,
        null,
        0,
        null,
        0
    where not exists (select 1 from counts)

)

select
    rows_of_report.reminder,
    rows_of_report.reminder_step,
    'known' as person_population,
    {{ lifecycle_status('observable.is_observable', 'rows_of_report.carts', 'rows_of_report.immature_carts') }} as status,
    case
        when coalesce(observable.is_observable, false) = false then 'No source reports cart_add.'
        when rows_of_report.reminder = 'all' and not exists (select 1 from campaigns)
            then 'No campaign serves the sequence cart_recovery (seed campaign_goals).'
    end as reason,
    {{ days }} as window_days,
    rows_of_report.persons,
    rows_of_report.carts,
    rows_of_report.immature_carts,
    rows_of_report.immature_carts = 0 as is_mature,
    case when rows_of_report.reminder = 'all' then begun_carts.filled end as filled_carts,
    case when rows_of_report.reminder = 'all' then begun_carts.abandoned / cast(nullif(begun_carts.filled, 0) as double) end
        as abandonment_rate,
    {%- for bound in ['lower', 'upper'] %}
    case when rows_of_report.reminder = 'all' then {{ wilson_interval('begun_carts.abandoned', 'begun_carts.filled', bound) }} end
        as abandonment_{{ bound }},
    {%- endfor %}
    rows_of_report.clicked,
    rows_of_report.recovered,
    rows_of_report.recovered / cast(nullif(rows_of_report.carts, 0) as double) as rate,
    {{ wilson_interval('rows_of_report.recovered', 'rows_of_report.carts', 'lower') }} as lower,
    {{ wilson_interval('rows_of_report.recovered', 'rows_of_report.carts', 'upper') }} as upper,
    cast(rows_of_report.net_revenue as decimal(38, 4)) as net_revenue,
    cast(rows_of_report.unconverted_orders as bigint) as unconverted_orders,
    '{{ var('reporting_currency') }}' as revenue_currency,
    'carts abandoned by fct_absences, followed {{ days }} days from then; an order belongs to the last reminder before it; observational; Wilson interval'
        as method
from rows_of_report
cross join begun_carts
left join observable on true
