{{ config(materialized='incremental', unique_key='person_key') }}

with

sends as (

    select * from {{ delta('fct_email_sends') }}
    where person_key is not null

),

-- Two addresses of one person are one recipient, who ignores an e-mail to both once.
recipients as (

    select * from {{ delta('int_email_exposures') }}
    where opens_observable = 'yes'

),

micro_conversions as (

    select * from {{ delta('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ delta('fct_macro_conversions') }}
    where person_key is not null

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

-- What an absence is counted from (`is_end` false), and what ends it. An e-mail whose opens could not be seen is not
-- ignored; a click in it shows that its person reads all the same.
marks as (

    select
        person_key,
        'opened_no_click' as state,
        first_human_open_at as occurred_at,
        false as is_end,
        email_id,
        campaign_key
    from recipients
    where first_human_open_at is not null
    union all
    select
        person_key,
        'opened_no_click',
        first_human_click_at,
        true,
        null,
        null
    from sends
    where first_human_click_at is not null
    union all
    select
        person_key,
        'clicked_no_conversion',
        first_human_click_at,
        false,
        email_id,
        campaign_key
    from sends
    where first_human_click_at is not null
    union all
    select
        person_key,
        'clicked_no_conversion',
        occurred_at,
        true,
        null,
        null
    from macro_conversions
    union all
    select
        micro_conversions.person_key,
        'cart_abandoned',
        micro_conversions.occurred_at,
        false,
        micro_conversions.email_id,
        micro_conversions.campaign_key
    from micro_conversions
    inner join lineage
        on micro_conversions.micro_conversion = lineage.micro_conversion and lineage.counts_as = 'cart_add'
    union all
    select
        person_key,
        'cart_abandoned',
        occurred_at,
        true,
        null,
        null
    from macro_conversions
    where is_order
    union all
    select
        person_key,
        'ignored_emails',
        delivered_at,
        false,
        email_id,
        campaign_key
    from recipients
    where delivered_at is not null
    union all
    select
        person_key,
        'ignored_emails',
        coalesce(first_human_open_at, first_human_click_at),
        true,
        null,
        null
    from sends
    where coalesce(first_human_open_at, first_human_click_at) is not null
    union all
    select
        person_key,
        'ignored_emails',
        first_human_click_at,
        true,
        null,
        null
    from sends
    where first_human_click_at > first_human_open_at

),

-- Of one instant what is waited for comes after what it is waited from: the open before the click that implies it.
marks_with_previous as (

    select
        *,
        max(case when is_end = false then occurred_at end) over (
            partition by person_key, state
            order by occurred_at, is_end
            rows between unbounded preceding and 1 preceding
        ) as previous_at
    from marks

),

-- A cart that was not added to while it could be recovered is given up: what is added later fills another.
spells_of_marks as (

    select
        *,
        count(
            case
                when is_end then 1
                when
                    state = 'cart_abandoned'
                    and occurred_at > {{ plus_days('previous_at', var('absence_cart_days') + var('cart_recovery_days')) }}
                    then 1
            end
        ) over (
            partition by person_key, state
            order by occurred_at, is_end
            rows between unbounded preceding and current row
        ) as spell,
        min(case when is_end then occurred_at end) over (
            partition by person_key, state
            order by occurred_at desc, is_end desc
            rows between unbounded preceding and current row
        ) as ends_at
    from marks_with_previous

),

numbered as (

    select
        person_key,
        state,
        spell,
        ends_at,
        occurred_at,
        email_id,
        campaign_key,
        row_number() over (
            partition by person_key, state, spell order by occurred_at, email_id nulls last, campaign_key nulls last
        ) as number_in_spell,
        count(*) over (partition by person_key, state, spell) as occurrences
    from spells_of_marks
    where is_end = false

),

-- The mark from which the state is waited for: the first, or the last of as many e-mails as must be ignored.
deciding as (

    select
        *,
        case state
            {%- for state, days in absence_days().items() %}
            when '{{ state }}' then {{ plus_days('occurred_at', days) }}
            {%- endfor %}
        end as since
    from numbered
    where number_in_spell = case when state = 'ignored_emails' then {{ var('absence_ignored_emails') }} else 1 end

)

select
    person_key,
    state,
    occurred_at as counted_from,
    since,
    ends_at as resolved_at,
    cast(occurrences as integer) as occurrences,
    email_id,
    campaign_key
from deciding
where ends_at is null or ends_at > since
