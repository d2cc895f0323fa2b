{%- set email_figures = [
    ('human_click_rate', 'delivered_at', 'first_human_click_at'),
    ('unsubscribe_rate', 'delivered_at', 'unsubscribed_at'),
    ('complaint_rate', 'delivered_at', 'complained_at'),
    ('hard_bounce_rate', 'sent_at', 'hard_bounced_at'),
    ('open_rate_low', 'delivered_at', 'first_human_open_at'),
    ('open_rate_high', 'delivered_at', 'first_human_open_at'),
] -%}
with

windows as (

    select * from {{ ref('int_figure_windows') }}

),

first_week as (

    select min(before_from) as begins_at from windows

),

-- Persons who were recipients; who refused analytics is none.
sends as (

    select
        *,
        case when bounce_class = 'hard' then bounced_at end as hard_bounced_at
    from {{ ref('fct_email_sends') }}
    where person_key is not null and sent_at >= (select first_week.begins_at from first_week)

),

sessions as (

    select * from {{ ref('fct_sessions') }}
    where not is_opens_only and started_at >= (select first_week.begins_at from first_week)

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

refunds as (

    select * from {{ ref('fct_refunds') }}

),

email_counts as (

    {%- for figure, eligible_at, outcome_at in email_figures %}
    select
        windows.figure,
        windows.micro_conversion,
        true as is_known,
        sends.sent_at >= windows.now_from as is_now,
        count(*) as eligible,
        count(
            case
                when sends.{{ outcome_at }} <= {{ plus_days('sends.sent_at', 'windows.window_days') }} then 1
                {%- if figure == 'open_rate_high' %}
                when sends.opens_observable <> 'yes' then 1
                {%- endif %}
            end
        ) as completed
    from windows
    inner join sends on sends.sent_at >= windows.before_from and sends.sent_at < windows.now_until
    where windows.figure = '{{ figure }}' and sends.{{ eligible_at }} is not null
    group by windows.figure, windows.micro_conversion, sends.sent_at >= windows.now_from
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- A person is active from the first session of a week on, and known or not by then.
active_persons as (

    select
        windows.figure,
        windows.micro_conversion,
        windows.window_days,
        sessions.started_at >= windows.now_from as is_now,
        sessions.person_key,
        min(sessions.started_at) as active_at,
        min_by(sessions.is_known, sessions.session_number) as is_known
    from windows
    inner join sessions on sessions.started_at >= windows.before_from and sessions.started_at < windows.now_until
    where windows.figure in ('conversion_rate', 'step_completion_rate')
    group by
        windows.figure, windows.micro_conversion, windows.window_days, sessions.started_at >= windows.now_from,
        sessions.person_key

),

outcomes as (

    select
        person_key,
        occurred_at,
        'conversion_rate' as figure,
        '' as micro_conversion
    from macro_conversions
    where occurred_at >= (select first_week.begins_at from first_week)
    union all
    select
        micro_conversions.person_key,
        micro_conversions.occurred_at,
        'step_completion_rate' as figure,
        lineage.counts_as as micro_conversion
    from micro_conversions
    inner join lineage on micro_conversions.micro_conversion = lineage.micro_conversion
    where micro_conversions.occurred_at >= (select first_week.begins_at from first_week)

),

completers as (

    select distinct
        active_persons.figure,
        active_persons.micro_conversion,
        active_persons.is_now,
        active_persons.person_key
    from active_persons
    inner join outcomes
        on
            active_persons.figure = outcomes.figure
            and active_persons.micro_conversion = outcomes.micro_conversion
            and active_persons.person_key = outcomes.person_key
            and active_persons.active_at <= outcomes.occurred_at
            and {{ plus_days('active_persons.active_at', 'active_persons.window_days') }} >= outcomes.occurred_at

),

person_counts as (

    select
        active_persons.figure,
        active_persons.micro_conversion,
        active_persons.is_known,
        active_persons.is_now,
        count(*) as eligible,
        count(completers.person_key) as completed
    from active_persons
    left join completers
        on
            active_persons.figure = completers.figure
            and active_persons.micro_conversion = completers.micro_conversion
            and active_persons.is_now = completers.is_now
            and active_persons.person_key = completers.person_key
    group by active_persons.figure, active_persons.micro_conversion, active_persons.is_known, active_persons.is_now

),

-- What was given back within the days of the figure, so that both weeks had as long to lose it.
early_refunds as (

    select
        refunds.macro_conversion_id,
        sum(refunds.converted_amount) as amount
    from refunds
    inner join macro_conversions on refunds.macro_conversion_id = macro_conversions.macro_conversion_id
    inner join windows
        on
            windows.figure = 'net_revenue'
            and refunds.occurred_at <= {{ plus_days('macro_conversions.occurred_at', 'windows.window_days') }}
    group by refunds.macro_conversion_id

),

sums_by_person as (

    select
        windows.figure,
        macro_conversions.occurred_at >= windows.now_from as is_now,
        coalesce(macro_conversions.person_key, macro_conversions.macro_conversion_id) as person,
        cast(
            sum(
                case
                    when windows.figure = 'macro_conversions' then 1
                    else macro_conversions.converted_revenue - coalesce(early_refunds.amount, 0)
                end
            ) as decimal(38, 4)
        ) as amount,
        {{ unconverted_orders('macro_conversions.converted_revenue', 'macro_conversions.is_order') }} as unconverted_orders
    from windows
    inner join macro_conversions
        on
            macro_conversions.occurred_at >= windows.before_from
            and macro_conversions.occurred_at < windows.now_until
    left join early_refunds on macro_conversions.macro_conversion_id = early_refunds.macro_conversion_id
    where
        windows.figure = 'macro_conversions'
        or (windows.figure = 'net_revenue' and macro_conversions.is_order)
    group by
        windows.figure, macro_conversions.occurred_at >= windows.now_from,
        coalesce(macro_conversions.person_key, macro_conversions.macro_conversion_id)

),

-- Squares of decimals overflow; of floats, the sum would depend on the order of the rows.
sums as (

    select
        figure,
        is_now,
        count(amount) as persons,
        sum(amount) as total,
        case when figure = 'net_revenue' then sum(unconverted_orders) end as unconverted_orders,
        {{ exact_sum('cast(amount as double) * cast(amount as double)', 4) }} as squares
    from sums_by_person
    group by figure, is_now

),

counts as (

    select * from email_counts
    union all
    select * from person_counts

)

select
    figure,
    micro_conversion,
    {{ person_population('is_known') }} as person_population,
    is_now,
    eligible,
    completed,
    cast(null as double) as squares,
    cast(null as bigint) as unconverted_orders
from counts
union all
select
    figure,
    '' as micro_conversion,
    'all' as person_population,
    is_now,
    persons as eligible,
    cast(total as double) as completed,
    squares,
    cast(unconverted_orders as bigint) as unconverted_orders
from sums
