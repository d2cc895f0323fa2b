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

times as (

    select * from {{ ref('int_claim_times') }}

),

sequences as (

    select * from {{ ref('rpt_sequences') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

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

-- The band that most surely gets more opens than all others, among e-mails of its kind, goal and month; the shortest where
-- two are equal.
best_lengths as (

    select
        *,
        row_number() over (order by ratio_lower desc, level_from) as place
    from email_craft
    where feature = 'subject_length_band' and outcome = 'human_open' and ratio_lower is not null

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
        'band of subject lengths whose ratio of opens to the other bands has the highest lower bound, and its ends; ' || method
            as method
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
    select * from times
    union all
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
