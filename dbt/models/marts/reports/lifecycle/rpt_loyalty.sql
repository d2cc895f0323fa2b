{%- set days = var('loyalty_days') -%}
{%- set known_until = outcome_watermark('micro_conversion', 'loyalty_signup') -%}
{%- set known_from = outcome_known_from('micro_conversion', 'loyalty_signup') -%}
with

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}
    where counts_as in ('rewards_page_visit', 'loyalty_signup')

),

observable as (

    select
        max(case when micro_conversion = 'rewards_page_visit' and is_observable then 1 else 0 end) = 1 as has_page,
        max(case when micro_conversion = 'loyalty_signup' and is_observable then 1 else 0 end) = 1 as has_sign_ups
    from {{ ref('int_observable_micro_conversions') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}
    where person_key is not null

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

visits as (

    select
        micro_conversions.person_key,
        micro_conversions.occurred_at,
        micro_conversions.is_known,
        coalesce(sessions.channel_group = 'Email', false) as is_from_email,
        row_number() over (
            partition by micro_conversions.person_key order by micro_conversions.occurred_at, micro_conversions.event_rank
        ) as visit_number
    from micro_conversions
    inner join lineage
        on
            micro_conversions.micro_conversion = lineage.micro_conversion
            and lineage.counts_as = 'rewards_page_visit'
    left join sessions on micro_conversions.session_id = sessions.session_id

),

sign_ups as (

    select
        macro_conversions.person_key,
        min(macro_conversions.occurred_at) as occurred_at
    from macro_conversions
    inner join lineage
        on macro_conversions.macro_conversion = lineage.micro_conversion and lineage.counts_as = 'loyalty_signup'
    group by macro_conversions.person_key

),

-- Members see the page, too: who joined before the first visit is not asked whether the page made them.
visitors as (

    select
        visits.is_from_email,
        {{ exposure_is_mature('visits.occurred_at', days, known_until, known_from) }} as is_mature,
        coalesce(sign_ups.occurred_at <= {{ plus_days('visits.occurred_at', days) }}, false) as has_joined,
        left_truncated_persons.person_key is not null as is_left_truncated
    from visits
    left join sign_ups on visits.person_key = sign_ups.person_key
    left join left_truncated_persons on visits.person_key = left_truncated_persons.person_key
    where
        visits.visit_number = 1 and visits.is_known
        and {{ is_after_begin('visits.occurred_at', known_from) }}
        and (sign_ups.occurred_at is null or sign_ups.occurred_at >= visits.occurred_at)

),

channels as (

    {%- for channel in ['all', 'email', 'other'] %}
    select '{{ channel }}' as channel
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

counts as (

    select
        channels.channel,
        observable.has_page,
        observable.has_sign_ups,
        count(case when visitors.is_mature then 1 end) as visitors,
        count(case when not visitors.is_mature then 1 end) as immature_visitors,
        count(case when visitors.is_left_truncated then 1 end) as left_truncated_visitors,
        case when observable.has_sign_ups then count(case when visitors.is_mature and visitors.has_joined then 1 end) end
            as joined
    from channels
    cross join observable
    left join visitors
        on channels.channel = 'all' or channels.channel = case when visitors.is_from_email then 'email' else 'other' end
    group by channels.channel, observable.has_page, observable.has_sign_ups

)

select
    channel,
    'known' as person_population,
    {{ lifecycle_status('has_page and has_sign_ups', 'visitors', 'immature_visitors') }} as status,
    case
        when has_page = false then 'No source reports rewards_page_visit.'
        when has_sign_ups = false then 'No source reports loyalty_signup.'
    end as reason,
    {{ days }} as window_days,
    visitors,
    immature_visitors,
    left_truncated_visitors,
    immature_visitors = 0 as is_mature,
    joined,
    joined / cast(nullif(visitors, 0) as double) as rate,
    {{ wilson_interval('joined', 'visitors', 'lower') }} as lower,
    {{ wilson_interval('joined', 'visitors', 'upper') }} as upper,
    'first visit of the rewards page by each known person who had not joined, within {{ days }} days, mature visitors; Wilson interval'
        as method
from counts
