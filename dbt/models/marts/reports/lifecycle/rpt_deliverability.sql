{%- set measures = ['hard_bounce', 'spam_complaint'] -%}
{%- set complaints_from = outcome_known_from('micro_conversion', 'spam_complaint') -%}
{#- What the counts of a day are summed into: each provider, and all of them. -#}
{%- set counts = ['sent', 'delivered', 'bounced', 'hard_bounced', 'soft_bounced', 'complained'] %}
with

sends as (

    select * from {{ ref('fct_email_sends') }}
    where sent_at is not null

),

lines as (

    select
        max(case when measure = 'hard_bounce' then line end) as hard_bounce_line,
        max(case when measure = 'spam_complaint' then line end) as spam_complaint_line
    from {{ ref('deliverability_lines') }}

),

observable as (

    select
        max(case when micro_conversion = 'hard_bounce' and is_observable then 1 else 0 end) = 1 as has_bounces,
        max(case when micro_conversion = 'spam_complaint' and is_observable then 1 else 0 end) = 1 as has_complaints
    from {{ ref('int_observable_micro_conversions') }}

),

-- A feed may report where its test addresses found the e-mail: event inbox_placement, with the provider and the folder.
placements as (

    select
        lower({{ json_text('properties', "'mailbox_provider'") }}) as mailbox_provider,
        cast(occurred_at as date) as day,
        count(*) as seeds,
        count(case when lower({{ json_text('properties', "'folder'") }}) = 'inbox' then 1 end) as in_inbox
    from {{ ref('fct_events') }}
    where event_name = 'inbox_placement'
    group by lower({{ json_text('properties', "'mailbox_provider'") }}), cast(occurred_at as date)

),

sends_of_day as (

    select
        coalesce(mailbox_provider, 'other') as mailbox_provider,
        cast(sent_at as date) as day,
        count(*) as sent,
        count(delivered_at) as delivered,
        count(bounced_at) as bounced,
        count(case when bounce_class = 'hard' then 1 end) as hard_bounced,
        count(case when bounce_class = 'soft' then 1 end) as soft_bounced,
        count(complained_at) as complained
    from sends
    group by coalesce(mailbox_provider, 'other'), cast(sent_at as date)

),

volumes as (

    select
        mailbox_provider,
        day,
        {{ counts | join(', ') }}
    from sends_of_day
    union all
    select
        '(all)',
        day,
        {%- for name in counts %}
        cast(sum({{ name }}) as bigint){{ ',' if not loop.last }}
        {%- endfor %}
    from sends_of_day
    group by day

),

seeds as (

    select
        mailbox_provider,
        day,
        seeds,
        in_inbox
    from placements
    where mailbox_provider is not null
    union all
    select
        '(all)',
        day,
        cast(sum(seeds) as bigint),
        cast(sum(in_inbox) as bigint)
    from placements
    group by day

),

ramps as (

    select
        *,
        min(day) over (partition by mailbox_provider) as first_day,
        lag(day) over (partition by mailbox_provider order by day) as previous_day,
        lag(sent) over (partition by mailbox_provider order by day) as previous_sent,
        max(sent) over (
            partition by mailbox_provider order by day rows between unbounded preceding and 1 preceding
        ) as highest_sent_before
    from volumes

),

rated as (

    select
        ramps.*,
        seeds.seeds,
        seeds.in_inbox,
        lines.hard_bounce_line,
        lines.spam_complaint_line,
        observable.has_bounces,
        observable.has_complaints
        and {{ is_after_begin('cast(ramps.day as timestamp)', complaints_from) }} as has_complaints,
        ramps.day < {{ plus_days('ramps.first_day', var('warm_up_days')) }} as is_warm_up,
        {{ exposure_is_mature(
            plus_days('cast(ramps.day as timestamp)', 1), var('email_response_days'),
            outcome_watermark('micro_conversion', 'spam_complaint'), complaints_from
        ) }} as is_mature,
        ramps.hard_bounced / cast(ramps.sent as double) as hard_bounce_rate,
        {{ wilson_interval('ramps.hard_bounced', 'ramps.sent', 'lower') }} as hard_bounce_lower,
        {{ wilson_interval('ramps.hard_bounced', 'ramps.sent', 'upper') }} as hard_bounce_upper,
        ramps.complained / cast(nullif(ramps.delivered, 0) as double) as spam_complaint_rate,
        {{ wilson_interval('ramps.complained', 'ramps.delivered', 'lower') }} as spam_complaint_lower,
        {{ wilson_interval('ramps.complained', 'ramps.delivered', 'upper') }} as spam_complaint_upper,
        {{ wilson_interval('seeds.in_inbox', 'seeds.seeds', 'lower') }} as inbox_lower,
        {{ wilson_interval('seeds.in_inbox', 'seeds.seeds', 'upper') }} as inbox_upper
    from ramps
    cross join lines
    cross join observable
    left join seeds on ramps.mailbox_provider = seeds.mailbox_provider and ramps.day = seeds.day

)

select
    mailbox_provider,
    day,
    is_mature,
    sent,
    delivered,
    bounced,
    hard_bounced,
    soft_bounced,
    complained,
    {%- for measure in measures %}
    {%- set has, count = ('has_bounces', 'hard_bounced') if measure == 'hard_bounce' else ('has_complaints', 'complained') %}
    case when {{ has }} then {{ measure }}_rate end as {{ measure }}_rate,
    case when {{ has }} then {{ measure }}_lower end as {{ measure }}_lower,
    case when {{ has }} then {{ measure }}_upper end as {{ measure }}_upper,
    {{ measure }}_line,
    case
        when not {{ has }} then 'not observable: no source reports {{ measure }}'
        when {{ measure }}_rate is null then 'none delivered'
        {%- if measure == 'spam_complaint' %}
        when is_mature = false then 'immature'
        {%- endif %}
        when {{ measure }}_lower >= {{ measure }}_line and {{ count }} >= {{ var('action_guardrail_persons') }} then 'over'
        when {{ measure }}_rate >= {{ measure }}_line then 'may be chance'
        when {{ measure }}_upper < {{ measure }}_line then 'below'
        else 'too few'
    end as {{ measure }}_status,
    {%- endfor %}
    is_warm_up,
    previous_day,
    previous_sent,
    sent / cast(previous_sent as double) - 1 as volume_growth,
    highest_sent_before,
    sent / cast(highest_sent_before as double) as ratio_to_highest_before,
    seeds as inbox_seeds,
    in_inbox,
    in_inbox / cast(seeds as double) as inbox_rate,
    inbox_lower,
    inbox_upper,
    case
        when seeds is not null then 'measured'
        when exists (select 1 from placements) then 'none on this day'
        else 'not observable: no feed reports inbox_placement'
    end as inbox_status,
    'e-mails by the UTC day they were sent; Wilson intervals; over a line where the whole interval is and not by fewer than {{ var('action_guardrail_persons') }}'
        as method
from rated
