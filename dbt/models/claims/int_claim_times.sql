{#-
    Claims about hours at which people read: the hour, and the hours to either side. Three of them hold at 95 % together: quantiles
    at 1 - 0.05 / 6. Recipients of one e-mail are alike, so each e-mail is one observation, of which fewer than ten say nothing.
-#}
{%- set slot_z, z = 2.393980, 1.959964 -%}
{%- set fewest_emails, fewest_in_slot = 10, 3 -%}
with

best_hours as (

    select distinct position
    from {{ ref('rpt_send_times') }}
    where slice_type = 'send_hour_of_day' and outcome = 'human_click' and verdict = 'more'

),

hours as (

    select
        position,
        completed,
        case when lag(position) over by_hour = position - 1 then lag(completed) over by_hour else 0 end as before,
        case when lead(position) over by_hour = position + 1 then lead(completed) over by_hour else 0 end as after
    from {{ ref('rpt_send_times') }}
    where slice_type = 'click_hour_of_day' and outcome = 'human_click'
    window by_hour as (order by position)

),

clicks_by_hour as (

    select
        stratum as email_id,
        mod(place, 24) as local_hour,
        0 as delivered,
        completed as clicks
    from {{ ref('int_send_time_cells') }}
    where slice_type = 'click_hour' and outcome = 'human_click'

),

sends as (

    select * from {{ ref('fct_email_sends') }}

),

persons as (

    select * from {{ ref('dim_persons') }}

),

-- Of people whose time zone is known. Converted zone by zone and hour by hour: sends are many.
sends_by_hour as (

    select
        coalesce(sends.email_id, '') as email_id,
        date_trunc('hour', sends.sent_at) as sent_hour,
        persons.time_zone,
        count(*) as sent,
        count(sends.bounced_at) as bounced,
        count(sends.delivered_at) as delivered
    from sends
    inner join persons on sends.person_key = persons.person_key
    where sends.sent_at is not null and persons.time_zone_source <> 'account'
    group by coalesce(sends.email_id, ''), date_trunc('hour', sends.sent_at), persons.time_zone

),

sends_by_local_hour as (

    select
        email_id,
        extract(hour from {{ from_utc('sent_hour', 'time_zone') }}) as local_hour,
        sum(sent) as sent,
        sum(bounced) as bounced,
        sum(delivered) as delivered
    from sends_by_hour
    group by email_id, extract(hour from {{ from_utc('sent_hour', 'time_zone') }})

),

bounces_by_email as (

    select
        sends_by_local_hour.email_id,
        sum(case when best_hours.position is not null then sends_by_local_hour.sent else 0 end) as sent,
        sum(case when best_hours.position is not null then sends_by_local_hour.bounced else 0 end) as bounced,
        sum(case when best_hours.position is null then sends_by_local_hour.sent else 0 end) as other_sent,
        sum(case when best_hours.position is null then sends_by_local_hour.bounced else 0 end) as other_bounced
    from sends_by_local_hour
    left join best_hours on sends_by_local_hour.local_hour = best_hours.position
    group by sends_by_local_hour.email_id

),

bounces as (

    select
        cast(coalesce(sum(sent), 0) as bigint) as sent,
        cast(coalesce(sum(bounced), 0) as bigint) as bounced,
        cast(coalesce(sum(other_sent), 0) as bigint) as other_sent,
        cast(coalesce(sum(other_bounced), 0) as bigint) as other_bounced,
        count(*) as emails
    from bounces_by_email

),

bounce_rates as (

    select
        *,
        bounced / cast(nullif(sent, 0) as double) as rate,
        {{ wilson_interval('bounced', 'sent', 'lower') }} as lower,
        {{ wilson_interval('bounced', 'sent', 'upper') }} as upper,
        other_bounced / cast(nullif(other_sent, 0) as double) as other_rate,
        {{ wilson_interval('other_bounced', 'other_sent', 'lower') }} as other_lower,
        {{ wilson_interval('other_bounced', 'other_sent', 'upper') }} as other_upper
    from bounces

),

-- What each e-mail adds to the difference of the rates.
bounce_shares as (

    select
        bounce_rates.emails,
        (bounces_by_email.bounced - bounce_rates.rate * bounces_by_email.sent) / nullif(bounce_rates.sent, 0)
        - (bounces_by_email.other_bounced - bounce_rates.other_rate * bounces_by_email.other_sent)
        / nullif(bounce_rates.other_sent, 0) as share
    from bounces_by_email
    cross join bounce_rates

),

bounce_errors as (

    select
        sqrt(max(emails) / cast(nullif(max(emails) - 1, 0) as double) * {{ exact_sum('share * share', 18) }})
        * {{ student_quantile(z, 'nullif(max(emails) - 1, 0)') }} as reach
    from bounce_shares

),

deliveries_and_clicks as (

    select
        email_id,
        local_hour,
        delivered,
        0 as clicks
    from sends_by_local_hour
    union all
    select * from clicks_by_hour

),

slots as (

    {%- for claim_id, hour in [('send_slot_morning', 6), ('send_slot_midday', 14), ('send_slot_evening', 20)] %}
    select
        '{{ claim_id }}' as claim_id,
        {{ hour - 1 }} as first_hour,
        {{ hour + 1 }} as last_hour
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

emails_by_slot as (

    select
        slots.claim_id,
        acts.email_id,
        sum(acts.clicks) as clicks,
        sum(case when acts.local_hour between slots.first_hour and slots.last_hour then acts.clicks else 0 end) as in_slot,
        sum(acts.delivered) as deliveries,
        sum(case when acts.local_hour between slots.first_hour and slots.last_hour then acts.delivered else 0 end)
            as delivered_in_slot
    from deliveries_and_clicks as acts
    cross join slots
    group by slots.claim_id, acts.email_id

),

totals as (

    select
        slots.claim_id,
        slots.first_hour,
        slots.last_hour,
        cast(coalesce(sum(emails.clicks), 0) as bigint) as clicks,
        cast(coalesce(sum(emails.in_slot), 0) as bigint) as in_slot,
        cast(coalesce(sum(emails.deliveries), 0) as bigint) as deliveries,
        cast(coalesce(sum(emails.delivered_in_slot), 0) as bigint) as delivered_in_slot,
        count(emails.email_id) as emails,
        count(case when emails.delivered_in_slot > 0 then 1 end) as emails_in_slot
    from slots
    left join emails_by_slot as emails on slots.claim_id = emails.claim_id
    group by slots.claim_id, slots.first_hour, slots.last_hour

),

-- What each e-mail adds to the logarithm of the ratio.
shares as (

    select
        totals.claim_id,
        emails.in_slot / cast(nullif(totals.in_slot, 0) as double) - emails.clicks / cast(nullif(totals.clicks, 0) as double)
        - emails.delivered_in_slot / cast(nullif(totals.delivered_in_slot, 0) as double)
        + emails.deliveries / cast(nullif(totals.deliveries, 0) as double) as share
    from emails_by_slot as emails
    inner join totals on emails.claim_id = totals.claim_id

),

errors as (

    select
        claim_id,
        count(*) / cast(nullif(count(*) - 1, 0) as double) * {{ exact_sum('share * share', 18) }} as variance
    from shares
    group by claim_id

),

peaks as (

    select distinct slots.claim_id
    from hours
    inner join slots on hours.position between slots.first_hour and slots.last_hour
    where hours.completed >= hours.before and hours.completed >= hours.after and hours.completed > 0

),

-- Clicks follow the hours of delivery: a habit shows only where more of the clicks than of the deliveries are in the slot.
ratios as (

    select
        totals.*,
        peaks.claim_id is not null as has_peak,
        (totals.in_slot / cast(nullif(totals.clicks, 0) as double))
        / (nullif(totals.delivered_in_slot, 0) / cast(nullif(totals.deliveries, 0) as double)) as ratio,
        -- E-mails that are alike by chance say no more than independent recipients would.
        sqrt(greatest(
            errors.variance,
            1.0 / nullif(totals.in_slot, 0) - 1.0 / nullif(totals.clicks, 0)
            + 1.0 / nullif(totals.delivered_in_slot, 0) - 1.0 / nullif(totals.deliveries, 0)
        )) * {{ student_quantile(slot_z, 'nullif(totals.emails - 1, 0)') }} as reach
    from totals
    left join errors on totals.claim_id = errors.claim_id
    left join peaks on totals.claim_id = peaks.claim_id

)

select
    claim_id,
    'rpt_send_times' as mart,
    'click_hour_of_day, hours ' || first_hour || ' to ' || last_hour as row_description,
    clicks as n,
    'human clicks' as n_of,
    ratio as estimate,
    ratio * exp(-reach) as lower,
    ratio * exp(reach) as upper,
    cast(null as double) as q_value,
    case
        when clicks = 0 then 'no clicks of people whose time zone is known'
        when delivered_in_slot = 0 then 'no e-mail is delivered in these hours'
        when has_peak = false then 'no hour of the slot has more clicks than the hours next to it'
        when emails < {{ fewest_emails }} or emails_in_slot < {{ fewest_in_slot }} then 'too few e-mails'
    end as missing,
    'share of human clicks in three hours over that of deliveries in them; variance over e-mails, log-t interval, 98.33 % so'
    || ' that three slots hold at 95 % (Bonferroni)' as method
from ratios
union all
select
    'send_time_bounce' as claim_id,
    'fct_email_sends' as mart,
    'sends at the hours of rpt_send_times with more human clicks, against all other hours' as row_description,
    sent + other_sent as n,
    'sends' as n_of,
    rate - other_rate as estimate,
    (rate - other_rate) - greatest(
        bounce_errors.reach,
        sqrt((rate - lower) * (rate - lower) + (other_upper - other_rate) * (other_upper - other_rate))
    ) as lower,
    (rate - other_rate) + greatest(
        bounce_errors.reach,
        sqrt((upper - rate) * (upper - rate) + (other_rate - other_lower) * (other_rate - other_lower))
    ) as upper,
    cast(null as double) as q_value,
    case
        when rate is null or other_rate is null then 'no hour of sending is shown to be better'
        when emails < {{ fewest_emails }} then 'too few e-mails'
    end as missing,
    'difference of rates; the wider of the t interval over e-mails and Newcombe''s hybrid score interval' as method
from bounce_rates
cross join bounce_errors
