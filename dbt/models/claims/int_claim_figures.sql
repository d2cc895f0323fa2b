{#- Claims about hours at which people read: the hour, and the hours to either side; quantile of a normal at 1 - 0.05 / 6. -#}
{%- set slot_z = 2.393980 -%}
{%- set slots = [('send_slot_morning', 6), ('send_slot_midday', 14), ('send_slot_evening', 20)] -%}
{#- Claims about e-mails: feature and outcome of rpt_email_craft, and what to take off its ratio. -#}
{%- set crafts = [
    ('subject_41_open_ratio', 'short_subject', 'human_open', 0),
    ('specific_cta_lift_20_30', 'specific_wording', 'human_click', 1),
    ('single_focus_email', 'calls_to_action', 'human_click', 1),
] -%}
with

email_craft as (

    select * from {{ ref('rpt_email_craft') }}

),

send_times as (

    select * from {{ ref('rpt_send_times') }}

),

sequences as (

    select * from {{ ref('rpt_sequences') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

sends as (

    select * from {{ ref('fct_email_sends') }}

),

persons as (

    select * from {{ ref('dim_persons') }}

),

trials as (

    select * from {{ ref('rpt_trials') }}

),

referrals as (

    select * from {{ ref('rpt_referrals') }}

),

-- A sequence that does what is claimed before one that does not, before one that cannot say; then the largest.
best_sequences as (

    select
        *,
        row_number() over (
            order by
                case
                    when claim_verdict = 'supported' and q_value <= 0.05 then 1
                    when claim_verdict = 'contradicted' then 2
                    else 3
                end,
                completers desc,
                sequence_id
        ) as place
    from sequences
    where is_primary

),

-- Bands that get clearly more opens than all others; the best of them, the shortest where two are equal.
best_lengths as (

    select
        *,
        row_number() over (order by shrunken_rate desc, level_from) as place
    from email_craft
    where feature = 'subject_length_band' and outcome = 'human_open' and shrunken_rate is not null

),

category_sessions as (

    select
        person_key,
        session_id,
        max(case when micro_conversion = 'category_page_visit' and is_known then occurred_at end) as category_page_at,
        max(case when micro_conversion <> 'category_page_visit' then occurred_at end) as other_act_at
    from micro_conversions
    group by person_key, session_id
    having count(case when micro_conversion = 'category_page_visit' and is_known then 1 end) > 0

),

-- One visit of each person, as those of one person are alike.
first_category_sessions as (

    select
        person_key,
        min(category_page_at) as category_page_at,
        min_by(coalesce(other_act_at <= category_page_at, true), category_page_at) as is_last_act
    from category_sessions
    group by person_key

),

category_pages as (

    select
        count(*) as persons,
        count(case when is_last_act then 1 end) as left_there
    from first_category_sessions

),

-- Of people whose time zone is known. Converted zone by zone and hour by hour: sends are many.
sends_by_hour as (

    select
        date_trunc('hour', sends.sent_at) as sent_hour,
        persons.time_zone,
        count(*) as sent,
        count(sends.bounced_at) as bounced,
        count(sends.delivered_at) as delivered
    from sends
    inner join persons on sends.person_key = persons.person_key
    where sends.sent_at is not null and persons.time_zone_source <> 'account'
    group by date_trunc('hour', sends.sent_at), persons.time_zone

),

sends_by_local_hour as (

    select
        extract(hour from {{ from_utc('sent_hour', 'time_zone') }}) as local_hour,
        sum(sent) as sent,
        sum(bounced) as bounced,
        sum(delivered) as delivered
    from sends_by_hour
    group by extract(hour from {{ from_utc('sent_hour', 'time_zone') }})

),

best_hours as (

    select distinct position
    from send_times
    where slice_type = 'send_hour_of_day' and outcome = 'human_click' and verdict = 'more'

),

bounces as (

    select
        cast(coalesce(sum(case when best_hours.position is not null then sends_by_local_hour.sent end), 0) as bigint) as sent,
        cast(coalesce(sum(case when best_hours.position is not null then sends_by_local_hour.bounced end), 0) as bigint)
            as bounced,
        cast(coalesce(sum(case when best_hours.position is null then sends_by_local_hour.sent end), 0) as bigint)
            as other_sent,
        cast(coalesce(sum(case when best_hours.position is null then sends_by_local_hour.bounced end), 0) as bigint)
            as other_bounced
    from sends_by_local_hour
    left join best_hours on sends_by_local_hour.local_hour = best_hours.position

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

hours as (

    select
        position,
        eligible,
        completed,
        lag(completed) over (order by position) as before,
        lead(completed) over (order by position) as after
    from send_times
    where slice_type = 'click_hour_of_day' and outcome = 'human_click'

),

{%- for claim_id, hour in slots %}

{{ claim_id }}_clicks as (

    select
        max(eligible) as clicks,
        cast(coalesce(sum(completed), 0) as bigint) as in_slot,
        max(case when completed >= coalesce(before, 0) and completed >= coalesce(after, 0) and completed > 0 then 1 else 0 end) = 1
            as has_peak
    from hours
    where position between {{ hour - 1 }} and {{ hour + 1 }}

),

{{ claim_id }}_deliveries as (

    select
        coalesce(sum(delivered), 0) as deliveries,
        coalesce(sum(case when local_hour between {{ hour - 1 }} and {{ hour + 1 }} then delivered end), 0) as delivered_in_slot
    from sends_by_local_hour

),

-- Clicks follow the hours of delivery: a habit shows only where more of the clicks than of the deliveries are in the slot.
{{ claim_id }}_ratios as (

    select
        *,
        (in_slot / cast(nullif(clicks, 0) as double))
        / (nullif(delivered_in_slot, 0) / cast(nullif(deliveries, 0) as double)) as ratio,
        sqrt(
            1.0 / nullif(in_slot, 0) - 1.0 / nullif(clicks, 0)
            + 1.0 / nullif(delivered_in_slot, 0) - 1.0 / nullif(deliveries, 0)
        ) as log_error
    from {{ claim_id }}_clicks
    cross join {{ claim_id }}_deliveries

),
{%- endfor %}

figures as (

    {%- for claim_id, feature, outcome, less in crafts %}
    select
        '{{ claim_id }}' as claim_id,
        'rpt_email_craft' as mart,
        'feature {{ feature }}, outcome {{ outcome }}' as row_description,
        emails + other_emails as n,
        'e-mails' as n_of,
        ratio - {{ less }} as estimate,
        ratio_lower - {{ less }} as lower,
        ratio_upper - {{ less }} as upper,
        q_value,
        case when ratio is null then 'too few e-mails with and without it, or nothing says which have it' end as missing,
        method
    from email_craft
    where feature = '{{ feature }}' and outcome = '{{ outcome }}'
    union all
    {%- endfor %}
    select
        'subject_41_best_length' as claim_id,
        'rpt_email_craft' as mart,
        'feature subject_length_band, level ' || level || ', outcome human_open' as row_description,
        emails + other_emails as n,
        'e-mails' as n_of,
        cast(coalesce(level_to, level_from) as double) as estimate,
        cast(level_from as double) as lower,
        cast(level_to as double) as upper,
        q_value,
        case when verdict <> 'better' then 'no band is clearly better than the others' end as missing,
        'band of subject lengths with the highest shrunken rate of opens, and its ends' as method
    from best_lengths
    where place = 1
    union all
    select
        'sequence_multiplier_2_3' as claim_id,
        'rpt_sequences' as mart,
        'sequence ' || sequence_id || ', primary landmark' as row_description,
        completers + others as n,
        'known persons' as n_of,
        multiplier as estimate,
        multiplier_lower as lower,
        multiplier_upper as upper,
        q_value,
        case
            when multiplier is null then status
            when q_value is null then 'not tested'
        end as missing,
        method
    from best_sequences
    where place = 1
    union all
    select
        'category_page_drop_7_of_10' as claim_id,
        'fct_micro_conversions' as mart,
        'first session with category_page_visit of each known person: whether no other micro-conversion follows' as row_description,
        persons as n,
        'known persons' as n_of,
        left_there / cast(nullif(persons, 0) as double) as estimate,
        {{ wilson_interval('left_there', 'persons', 'lower') }} as lower,
        {{ wilson_interval('left_there', 'persons', 'upper') }} as upper,
        cast(null as double) as q_value,
        case when persons = 0 then 'no one visited a category page' end as missing,
        'Wilson interval' as method
    from category_pages
    union all
    {%- for claim_id, hour in slots %}
    select
        '{{ claim_id }}' as claim_id,
        'rpt_send_times' as mart,
        'click_hour_of_day, hours {{ hour - 1 }} to {{ hour + 1 }}' as row_description,
        coalesce(clicks, 0) as n,
        'human clicks' as n_of,
        ratio as estimate,
        ratio * exp(-{{ slot_z }} * log_error) as lower,
        ratio * exp({{ slot_z }} * log_error) as upper,
        cast(null as double) as q_value,
        case
            when coalesce(clicks, 0) = 0 then 'no clicks of people whose time zone is known'
            when delivered_in_slot = 0 then 'no e-mail is delivered in these hours'
            when not has_peak then 'no hour of the slot has more clicks than the hours next to it'
        end as missing,
        'share of human clicks in three hours over that of deliveries in them; log-normal interval, 98.33 % so that three slots hold at 95 % (Bonferroni)' as method
    from {{ claim_id }}_ratios
    union all
    {%- endfor %}
    select
        'opt_out_trial_48_80' as claim_id,
        'rpt_trials' as mart,
        'trial_model opt_out' as row_description,
        trials as n,
        'known persons' as n_of,
        rate as estimate,
        lower,
        upper,
        cast(null as double) as q_value,
        case status when 'not observable' then reason when 'immature' then 'no opt-out trial is over long enough' end as missing,
        method
    from trials
    where trial_model = 'opt_out'
    union all
    select
        case measure when 'referral_lift' then 'referral_lift_30_57' else 'referred_buy_more' end as claim_id,
        'rpt_referrals' as mart,
        'measure ' || measure as row_description,
        persons as n,
        'known persons' as n_of,
        estimate,
        lower,
        upper,
        cast(null as double) as q_value,
        reason as missing,
        method
    from referrals
    where measure in ('referral_lift', 'purchase_lift')
    union all
    select
        'send_time_bounce' as claim_id,
        'fct_email_sends' as mart,
        'sends at the hours of rpt_send_times with more human clicks, against all other hours' as row_description,
        sent + other_sent as n,
        'sends' as n_of,
        rate - other_rate as estimate,
        (rate - other_rate) - sqrt((rate - lower) * (rate - lower) + (other_upper - other_rate) * (other_upper - other_rate))
            as lower,
        (rate - other_rate) + sqrt((upper - rate) * (upper - rate) + (other_rate - other_lower) * (other_rate - other_lower))
            as upper,
        cast(null as double) as q_value,
        case when rate is null or other_rate is null then 'no hour of sending is shown to be better' end as missing,
        'difference of rates, Newcombe hybrid score interval' as method
    from bounce_rates

)

select
    claim_id,
    mart,
    row_description,
    cast(n as bigint) as n,
    n_of,
    estimate,
    lower,
    upper,
    q_value,
    missing,
    method
from figures
